import type { Sql } from 'postgres';
import type { AuthConfig } from '../../project.ts';
import { authErrors } from './errors.ts';

// bcrypt reads 72 bytes and ignores the rest: longer passwords are refused, never cut.
const maximumBytes = 72;
const cost = 10;

const classes = { letters: /[A-Za-z]/, lower: /[a-z]/, upper: /[A-Z]/, digits: /[0-9]/, symbols: /[^A-Za-z0-9\s]/ };

const requirements: Record<string, (keyof typeof classes)[]> = {
  letters_digits: ['letters', 'digits'],
  lower_upper_letters_digits: ['lower', 'upper', 'digits'],
  lower_upper_letters_digits_symbols: ['lower', 'upper', 'digits', 'symbols'],
};

/** bcrypt by pgcrypto: GoTrue's format and cost, computed outside this process's event loop. */
export async function hashPassword(sql: Sql, password: string): Promise<string> {
  assertUsable(password);
  const [row] = await sql<{ hash: string }[]>`
    select extensions.crypt(${password}, extensions.gen_salt('bf', ${cost})) as hash`;
  return row!.hash;
}

/** An unknown user or one without a password costs as much time as a wrong password. */
export async function checkPassword(sql: Sql, hash: string | null, password: string): Promise<boolean> {
  const known = hash?.replace(/^\$2[by]\$/, '$2a$') || decoyHash;
  const [row] = await sql<{ matches: boolean }[]>`
    select extensions.crypt(${password}, ${known}) = ${known} as matches`;
  return row!.matches && Boolean(hash);
}

const decoyHash = '$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy';

export function assertStrong(password: string, config: AuthConfig): void {
  assertUsable(password);
  const reasons: string[] = [];
  const messages: string[] = [];
  if ([...password].length < config.minimumPasswordLength) {
    reasons.push('length');
    messages.push(`Password should be at least ${config.minimumPasswordLength} characters.`);
  }
  const wanted = requirements[config.passwordRequirements] ?? [];
  if (wanted.some((name) => !classes[name].test(password))) {
    reasons.push('characters');
    messages.push(`Password should contain at least one character of each: ${wanted.join(', ')}.`);
  }
  if (reasons.length > 0) throw authErrors.weakPassword(reasons, messages.join(' '));
}

function assertUsable(password: string): void {
  if (Buffer.byteLength(password) > maximumBytes)
    throw authErrors.validation(`Password cannot be longer than ${maximumBytes} characters`);
  if (password.includes('\0')) throw authErrors.validation('Password cannot contain a null character');
}
