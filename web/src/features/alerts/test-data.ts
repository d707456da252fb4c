import type { ListedAlert } from './types.ts';

/** An alert for tests. */
export const alert = (over: Partial<ListedAlert> = {}): ListedAlert => ({
  id: '88888888-8888-4888-8888-888888888888',
  kind: 'payment_failed',
  severity: 'error',
  license_id: '11111111-1111-4111-8111-111111111111',
  subscription_id: '55555555-5555-4555-8555-555555555555',
  payment_id: '44444444-4444-4444-8444-444444444444',
  data: { email: 'client@example.com', amount_cents: 2900, currency: 'EUR', failure_code: 'expired_card' },
  created_at: '2026-11-23T09:00:00.000Z',
  is_read: false,
  ...over,
});
