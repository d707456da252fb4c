import { TOTP } from 'otpauth';
import type { HomeStatus } from '../running.ts';

function columns(rows: string[][]): string[] {
  const widths = rows[0]?.map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('   ')
      .trimEnd(),
  );
}

const codeNow = (secret: string) => new TOTP({ secret }).generate();

/** The one table a person needs: addresses, accounts, what to do first. */
export function summary(status: HomeStatus, options: { codes: boolean }): string {
  const { staff } = status;
  const lines = [
    ...columns([
      ['Console', status.console_url],
      ['API', status.api_url],
      ['Mailbox', status.mailbox_url],
      ['Stripe', status.stripe_url],
      ['Messengers', status.messengers_url],
      ['Studio', status.studio_url],
      ['Database', status.db_url],
      ['Publishable key', status.publishable_key],
      ['Secret key', status.secret_key],
    ]),
  ];
  if (staff.length > 0) {
    const accounts = [
      ['Role', 'E-mail', 'Password', 'TOTP secret', 'Code now'],
      ...staff.map(({ role, email, password, totp_secret }) => [
        role,
        email,
        password,
        totp_secret,
        codeNow(totp_secret),
      ]),
    ];
    // A code is good for half a minute: not for a table that stays on the screen.
    lines.push('', ...columns(options.codes ? accounts : accounts.map((row) => row.slice(0, -1))));
  }
  const width = Math.max(...lines.map(({ length }) => length));
  const boxed = [
    `┌${'─'.repeat(width + 2)}┐`,
    ...lines.map((line) => `│ ${line.padEnd(width)} │`),
    `└${'─'.repeat(width + 2)}┘`,
  ];
  return [...boxed, ...firstSteps(status)].join('\n');
}

function firstSteps({ console_url, mailbox_url, stripe_url, staff }: HomeStatus): string[] {
  const [first] = staff;
  if (!first) return ['', `Open ${console_url}.`];
  return [
    '',
    'What to try first',
    `  1. Open ${console_url} and sign in as ${first.email}; the code comes from any authenticator app`,
    '     given the secret, or from npm run status, which shows the codes of the moment.',
    '  2. Create a licence, then read the mail its customer gets in the mailbox:',
    `     ${mailbox_url}`,
    '  3. Revoke it, and watch the page of a second browser change.',
    '  4. Make a payment link, pay with 4242 4242 4242 4242; then let a card fail at the Stripe stand-in:',
    `     ${stripe_url}`,
  ];
}
