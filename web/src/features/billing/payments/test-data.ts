import type { ListedPayment, PaymentPage, PaymentTotals } from './types.ts';

/** A payment for tests. */
export const payment = (over: Partial<ListedPayment> = {}): ListedPayment => ({
  id: '44444444-4444-4444-8444-444444444444',
  license_id: '11111111-1111-4111-8111-111111111111',
  subscription_id: '55555555-5555-4555-8555-555555555555',
  customer_id: '22222222-2222-4222-8222-222222222222',
  email: 'client@example.com',
  stripe_customer_id: 'cus_1',
  stripe_payment_id: 'ch_1',
  stripe_payment_intent_id: 'pi_1',
  stripe_invoice_id: 'in_1',
  invoice_number: 'WA-0001',
  invoice_url: 'https://invoice.stripe.com/i/acct_1/test_1',
  invoice_pdf_url: 'https://pay.stripe.com/invoice/acct_1/test_1/pdf',
  amount: 2900,
  amount_refunded: 0,
  currency: 'EUR',
  status: 'succeeded',
  payment_date: '2026-11-15T09:30:00.000Z',
  payment_method: 'card',
  card_brand: 'visa',
  card_last4: '4242',
  failure_code: null,
  failure_message: null,
  dispute_status: null,
  metadata: {},
  livemode: false,
  created_at: '2026-11-15T09:30:00.000Z',
  updated_at: '2026-11-15T09:30:00.000Z',
  customer_name: 'Agathe Garcia',
  plan: 'premium',
  actions: { refund: null },
  open_act: null,
  ...over,
});

export const totals: PaymentTotals = {
  currency: 'EUR',
  succeeded_cents: 5800,
  refunded_cents: 1250,
  failed_cents: 2900,
  succeeded_count: 2,
  failed_count: 1,
};
export const paymentPage = (rows: ListedPayment[], total = rows.length): PaymentPage => ({
  total,
  rows,
  totals: [totals],
  period: { from: '2026-10-25T08:00:00.000Z', to: '2026-11-15T09:30:00.000Z' },
});
