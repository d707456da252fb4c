import { TOTP } from 'otpauth';
import type { Addresses, DemoAccount, HomeDefinition } from '../definition.ts';
import { partsOf, type RunningHome } from '../running.ts';

function columns(rows: string[][]): string[] {
  const widths = rows[0]?.map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('   ')
      .trimEnd(),
  );
}

/** What a person opens first, first. */
const shown = ['console', 'api', 'mailbox', 'stripe', 'messengers', 'studio', 'db'] as const;

const codeNow = (secret: string) => new TOTP({ secret }).generate();

export interface Summary {
  addresses: Addresses;
  answering: RunningHome['answering'];
  accounts: DemoAccount[];
  definition: HomeDefinition;
}

function box(lines: string[]): string[] {
  const width = Math.max(...lines.map(({ length }) => length));
  return [
    `┌${'─'.repeat(width + 2)}┐`,
    ...lines.map((line) => `│ ${line.padEnd(width)} │`),
    `└${'─'.repeat(width + 2)}┘`,
  ];
}

/** A password may stand in an address; what is shown at start has none. */
const withoutPassword = (address: string) => address.replace(/^(\w+:\/\/[^:/@]+):[^@]+@/, '$1@');

const partRows = ({ addresses, answering, definition }: Summary) => {
  const parts = new Set(partsOf(definition));
  return shown
    .filter((name) => parts.has(name) && addresses[`${name}_url`])
    .map((name) => [
      definition.ports[name].title,
      withoutPassword(addresses[`${name}_url`]),
      answering[name] === false ? 'no answer' : '',
    ]);
};

/** What stays on a screen that others may see: addresses, names, what to do first, and no secret. */
export function summary(home: Summary): string {
  const { addresses, accounts, definition } = home;
  const lines = columns([...partRows(home), ['Publishable key', addresses.publishable_key, '']]);
  if (accounts.length > 0)
    lines.push('', ...columns([['Role', 'E-mail'], ...accounts.map(({ role, email }) => [role, email])]));
  const what = accounts.length > 0 ? 'Passwords, second factors and keys' : 'Keys and passwords';
  lines.push('', `${what}: npm run status`);
  const steps = definition.firstSteps?.(addresses, accounts) ?? [];
  return [...box(lines), ...(steps.length > 0 ? ['', ...steps] : [])].join('\n');
}

/** With every secret, for the moment of looking; a code is good for half a minute. */
export function fullSummary(home: Summary): string {
  const { addresses, accounts, definition } = home;
  const lines = [...box(columns([...partRows(home), ['Publishable key', addresses.publishable_key, '']]))];
  lines.push('', 'Secret key', `  ${addresses.secret_key}`, 'Database', `  ${addresses.db_url}`);
  for (const { role, email, password, totp_secret } of accounts)
    lines.push(
      '',
      `${role}: ${email}`,
      `  Password      ${password}`,
      `  Code now      ${codeNow(totp_secret)}`,
      `  TOTP secret   ${totp_secret}`,
    );
  const steps = definition.firstSteps?.(addresses, accounts) ?? [];
  return [...lines, ...(steps.length > 0 ? ['', ...steps] : [])].join('\n');
}
