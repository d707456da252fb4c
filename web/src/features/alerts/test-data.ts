import type { ListedAlert } from './types.ts';

/** An alert for tests. */
export const alert = (over: Partial<ListedAlert> = {}): ListedAlert => ({
  id: '88888888-8888-4888-8888-888888888888',
  kind: 'payment_failed',
  severity: 'error',
  permission: 'stripe.read',
  subject_type: 'subscription',
  subject_id: '55555555-5555-4555-8555-555555555555',
  customer_id: '22222222-2222-4222-8222-222222222222',
  customer_email: 'client@example.com',
  data: { amount_cents: 2900, currency: 'EUR', failure_code: 'expired_card' },
  created_at: '2026-11-23T09:00:00.000Z',
  is_read: false,
  ...over,
});
