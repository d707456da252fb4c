import { TOTP } from 'otpauth';
import type { Addresses, DemoAccount, HomeDefinition } from '../definition.ts';
import { partsOf } from '../running.ts';

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
  accounts: DemoAccount[];
  definition: HomeDefinition;
}

/** The one table a person needs: addresses, accounts, what to do first. */
export function summary({ addresses, accounts, definition }: Summary, options: { codes: boolean }): string {
  const parts = new Set(partsOf(definition));
  const lines = columns([
    ...shown.filter((name) => parts.has(name)).map((name) => [definition.ports[name].title, addresses[`${name}_url`]]),
    ['Publishable key', addresses.publishable_key],
    ['Secret key', addresses.secret_key],
  ]);
  if (accounts.length > 0) {
    const rows = [
      ['Role', 'E-mail', 'Password', 'TOTP secret', 'Code now'],
      ...accounts.map(({ role, email, password, totp_secret }) => [
        role,
        email,
        password,
        totp_secret,
        codeNow(totp_secret),
      ]),
    ];
    // A code is good for half a minute: not for a table that stays on the screen.
    lines.push('', ...columns(options.codes ? rows : rows.map((row) => row.slice(0, -1))));
  }
  const width = Math.max(...lines.map(({ length }) => length));
  const boxed = [
    `┌${'─'.repeat(width + 2)}┐`,
    ...lines.map((line) => `│ ${line.padEnd(width)} │`),
    `└${'─'.repeat(width + 2)}┘`,
  ];
  const steps = definition.firstSteps?.(addresses, accounts) ?? [];
  return [...boxed, ...(steps.length > 0 ? ['', ...steps] : [])].join('\n');
}
