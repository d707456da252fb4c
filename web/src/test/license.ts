import type { LicenseRow } from '@contracts/rows/license.ts';

/** A licence for tests. */
export const license = (over: Partial<LicenseRow> = {}): LicenseRow => ({
  id: '11111111-1111-4111-8111-111111111111',
  customer_id: '22222222-2222-4222-8222-222222222222',
  email: 'client@example.com',
  customer_name: 'Agathe Garcia',
  plan: 'premium',
  status: 'active',
  expires_at: '2026-12-15T00:00:00.000Z',
  grace_until: '2026-12-22T00:00:00.000Z',
  auto_renew: true,
  payment_method: 'stripe',
  mrr_cents: 2900,
  currency: 'EUR',
  last_check_in: '2026-11-22T09:00:00.000Z',
  client_version: '1.2.3',
  client_os: 'Windows 11 Pro',
  license_key_hint: '7RCQJ',
  hwid_hint: '46CF••••BE2F',
  notes: null,
  subscription_id: null,
  paid_until: null,
  created_at: '2026-11-01T08:00:00.000Z',
  ...over,
});
