import { expect, test } from 'vitest';
import type { Addresses } from '../definition.ts';
import definition from '../home.config.ts';
import { fullSummary, summary } from './summary.ts';

const on = (port: number) => `http://127.0.0.1:${port}`;
const addresses = {
  console_url: on(21_005),
  api_url: on(21_001),
  db_url: 'postgresql://postgres:s3cret-of-the-database@127.0.0.1:21002/postgres',
  mailbox_url: on(21_004),
  stripe_url: on(21_006),
  messengers_url: on(21_007),
  studio_url: on(21_003),
  publishable_key: `sb_publishable_${'a'.repeat(31)}`,
  secret_key: `sb_secret_${'b'.repeat(31)}`,
} as Addresses;
const account = (role: string) => ({
  role,
  email: `${role}@example.test`,
  password: `password-of-${role}`,
  totp_secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP',
});
const accounts = ['admin', 'support', 'viewer'].map(account);
const home = { addresses, accounts, definition, answering: { console: true, stripe: false } };
const width = (text: string) => Math.max(...text.split('\n').map((line) => [...line].length));
const secrets = [addresses.secret_key, 's3cret', 'password-of', accounts[0]!.totp_secret];

test('what start shows holds no secret, fits a terminal of 80 columns and says how to see the rest', () => {
  const text = summary(home);
  for (const secret of secrets) expect(text).not.toContain(secret);
  expect(width(text)).toBeLessThanOrEqual(80);
  expect(text).toContain('npm run status');
  for (const { email } of accounts) expect(text).toContain(email);
});

test('status shows every secret, and fits as well', () => {
  const text = fullSummary(home);
  for (const secret of secrets) expect(text).toContain(secret);
  expect(text).toMatch(/Code now +\d{6}/);
  expect(width(text)).toBeLessThanOrEqual(80);
});

test('a part that does not answer is marked, and no other', () => {
  expect(summary(home).match(/^.*no answer.*$/gm)).toEqual([expect.stringContaining(addresses.stripe_url)]);
});
