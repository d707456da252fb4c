import type { RevenueRow } from '@contracts/rows/revenue.ts';
import { license } from '@/test/license.ts';
import type { CustomerDetails, CustomerRow } from './types.ts';

/** A customer for tests, as lists show one. */
export const customer = (over: Partial<CustomerRow> = {}): CustomerRow => ({
  id: '22222222-2222-4222-8222-222222222222',
  email: 'client@example.com',
  name: 'Agathe Garcia',
  company: 'Garcia & Filles',
  locale: 'fr',
  created_at: '2026-01-10T08:00:00.000Z',
  anonymized_at: null,
  licenses: 2,
  active_licenses: 1,
  mrr: [
    { currency: 'EUR', cents: 2900 },
    { currency: 'JPY', cents: 500 },
  ],
  last_seen: '2026-11-22T09:00:00.000Z',
  state: 'active',
  ...over,
});

const revenue = (over: Partial<RevenueRow>): RevenueRow => ({
  currency: 'EUR',
  cents: 0,
  succeeded_cents: 0,
  refunded_cents: 0,
  lost_cents: 0,
  since: '2026-01-10T08:00:00.000Z',
  months: 1,
  ...over,
});

/** The same one whole. */
export const details = (over: Partial<CustomerDetails> = {}): CustomerDetails => ({
  ...customer({ mrr: [{ currency: 'EUR', cents: 2900 }] }),
  consent_at: '2026-01-10T08:00:00.000Z',
  stripe_customer_id: 'cus_1',
  stripe_email: null,
  mail_refused: null,
  mail_refused_at: null,
  mail_refused_reason: null,
  actions: { update: null, forget: 'customer_in_use' },
  updated_at: '2026-01-10T08:00:00.000Z',
  former_emails: ['ancienne@example.com'],
  licenses: [license({ id: 'l1', status: 'expired' }), license({ id: 'l2' })],
  health: { score: 100, reasons: [] },
  revenue: [
    revenue({ succeeded_cents: 34_800, refunded_cents: 800, cents: 34_000, months: 12 }),
    revenue({ currency: 'KWD', succeeded_cents: 9_500, cents: 9_500 }),
  ],
  ...over,
});
