// @vitest-environment node
import { expect, it } from 'vitest';
import { guessMapping } from '@/features/imports/mapping.ts';
import licensesEn from '@/features/licenses/locales/en.json' with { type: 'json' };
import licensesFr from '@/features/licenses/locales/fr.json' with { type: 'json' };

it.each([licensesFr, licensesEn])('an import knows the columns of our own export of licences', ({ column }) => {
  const { email_only, customer, plan, status, expires_at, mrr_cents, currency, auto_renew, payment_method } = column;
  const { last_check_in, version, os, license_key_hint, hwid_hint, notes, created_at, id } = column;
  const headers = [email_only, customer, plan, status, expires_at, mrr_cents, currency, auto_renew, payment_method];
  headers.push(last_check_in, version, os, license_key_hint, hwid_hint, notes, created_at, id);
  const mapped = guessMapping(headers).flatMap((field, index) => (field ? [[headers[index], field]] : []));
  expect(mapped).toEqual([
    [email_only, 'email'],
    [plan, 'plan'],
    [expires_at, 'expires_at'],
    [hwid_hint, 'hwid'],
    [notes, 'notes'],
  ]);
});
