import { license } from '@/test/license.ts';
import type { LicenseDetails } from './types.ts';

export { license };

export const details = (over: Partial<LicenseDetails> = {}): LicenseDetails => ({
  ...license(),
  open_act: null,
  customer: {
    id: '22222222-2222-4222-8222-222222222222',
    email: 'client@example.com',
    name: 'Agathe Garcia',
    company: null,
    locale: 'fr',
    created_at: '2026-01-10T08:00:00.000Z',
  },
  plan_details: {
    code: 'premium',
    name: 'Premium',
    monthly_price_cents: 2900,
    currency: 'EUR',
    grace_days: 7,
    entitlements: {},
  },
  hwid: '46CF-0000-BE2F',
  issued_at: '2026-11-01T08:00:00.000Z',
  revoked_at: null,
  revoked_reason: null,
  suspended_at: null,
  suspended_reason: null,
  stripe_subscription_id: null,
  governed: false,
  versions: [],
  revenue: [],
  created_by_name: 'Léa Moreau',
  import_id: null,
  deleted_at: null,
  mail_refused: null,
  updated_at: '2026-11-01T08:00:00.000Z',
  ...over,
});
