import type { SubscriptionDetails, SubscriptionRow, SubscriptionsSummary } from './types.ts';

/** A subscription for tests. */
export const subscription = (over: Partial<SubscriptionRow> = {}): SubscriptionRow => ({
  id: '55555555-5555-4555-8555-555555555555',
  stripe_subscription_id: 'sub_1',
  stripe_customer_id: 'cus_1',
  customer_id: '22222222-2222-4222-8222-222222222222',
  email: 'client@example.com',
  customer_name: 'Agathe Garcia',
  license_id: '11111111-1111-4111-8111-111111111111',
  license_key_hint: '7RCQJ',
  plan: 'premium',
  stripe_item_id: 'si_1',
  status: 'active',
  amount_cents: 2900,
  currency: 'EUR',
  quantity: 1,
  billing_interval: 'month',
  interval_count: 1,
  mrr_cents: 2900,
  paying_mrr_cents: 2900,
  left_out_items: 0,
  first_paid_at: '2026-01-15T09:00:00.000Z',
  current_period_start: '2026-11-15T09:00:00.000Z',
  current_period_end: '2026-12-15T09:00:00.000Z',
  cancel_at_period_end: false,
  cancel_at: null,
  canceled_at: null,
  ended_at: null,
  trial_end: null,
  collection_paused: false,
  pause_behavior: null,
  discounts: [],
  card_brand: 'visa',
  card_last4: '4242',
  payment_failed_at: null,
  failure_code: null,
  processing_since: null,
  processing_method: null,
  awaiting_customer_since: null,
  pending_update: null,
  confirmation: null,
  carried_until: null,
  reminded_at: null,
  livemode: false,
  started_at: '2026-01-15T09:00:00.000Z',
  created_at: '2026-01-15T09:00:00.000Z',
  updated_at: '2026-01-15T09:00:00.000Z',
  is_expiring: false,
  next_payment_at: '2026-12-15T09:00:00.000Z',
  actions: {
    retry_payment: 'nothing_to_retry',
    portal_link: null,
    remind: 'not_expiring',
    change_plan: null,
    apply_coupon: null,
    remove_coupon: 'no_discount',
    undo_cancel: 'not_ending',
    link_license: 'subscription_linked',
    cancel: null,
  },
  open_act: null,
  ...over,
});

/** What the role leaves of what may be done. */
export const permitted = (role: 'admin' | 'support' | 'viewer', row: SubscriptionRow): SubscriptionRow => {
  const names = Object.keys(row.actions) as (keyof SubscriptionRow['actions'])[];
  const held = { admin: names, support: ['retry_payment', 'portal_link', 'remind'], viewer: [] as string[] }[role];
  const entries = names.map((name) => [name, held.includes(name) ? row.actions[name] : 'permission_denied']);
  return { ...row, actions: Object.fromEntries(entries) as SubscriptionRow['actions'] };
};

export const failing = (over: Partial<SubscriptionRow> = {}): SubscriptionRow =>
  subscription({
    id: '77777777-7777-4777-8777-777777777777',
    email: 'problem@example.com',
    status: 'past_due',
    payment_failed_at: '2026-11-20T09:00:00.000Z',
    failure_code: 'insufficient_funds',
    next_payment_at: null,
    actions: { ...subscription().actions, retry_payment: null },
    ...over,
  });

/** Its bank asks for the customer. */
export const awaited = (over: Partial<SubscriptionRow> = {}): SubscriptionRow =>
  failing({
    email: 'attendu@example.com',
    failure_code: null,
    awaiting_customer_since: '2026-11-20T09:00:00.000Z',
    confirmation: {
      url: 'https://invoice.stripe.com/i/2',
      number: 'WA-0002',
      amount_cents: 2900,
      currency: 'EUR',
      expires_at: null,
    },
    ...over,
  });

export const details = (over: Partial<SubscriptionDetails> = {}): SubscriptionDetails => ({
  ...subscription(),
  customer: {
    id: '22222222-2222-4222-8222-222222222222',
    email: 'client@example.com',
    name: 'Agathe Garcia',
    company: null,
    locale: 'fr',
  },
  license: null,
  invoices: [
    {
      id: 'i1',
      stripe_invoice_id: 'in_1',
      stripe_subscription_id: 'sub_1',
      subscription_id: '55555555-5555-4555-8555-555555555555',
      customer_id: '22222222-2222-4222-8222-222222222222',
      email: 'client@example.com',
      number: 'WA-0001',
      status: 'paid',
      billing_reason: 'subscription_cycle',
      total: 2900,
      amount_due: 2900,
      amount_paid: 2900,
      amount_remaining: 0,
      currency: 'EUR',
      covers_until: '2026-12-15T09:00:00.000Z',
      attempt_count: 1,
      next_payment_attempt: null,
      action_required_at: null,
      hosted_invoice_url: 'https://invoice.stripe.com/i/1',
      invoice_pdf_url: 'https://invoice.stripe.com/i/1/pdf',
      livemode: false,
      issued_at: '2026-11-15T09:00:00.000Z',
      paid_at: '2026-11-15T09:00:00.000Z',
      created_at: '2026-11-15T09:00:00.000Z',
      updated_at: '2026-11-15T09:00:00.000Z',
      credit_notes: [],
    },
  ],
  payments: [],
  movements: [
    {
      id: 'm1',
      customer_id: '22222222-2222-4222-8222-222222222222',
      license_id: '11111111-1111-4111-8111-111111111111',
      subscription_id: '55555555-5555-4555-8555-555555555555',
      kind: 'new',
      amount_cents: 2900,
      currency: 'EUR',
      reason: null,
      plan: 'premium',
      billing_interval: 'month',
      interval_count: 1,
      occurred_at: '2026-01-15T09:00:00.000Z',
      created_at: '2026-01-15T09:00:00.000Z',
    },
  ],
  mrr_total: [{ currency: 'EUR', cents: 2900 }],
  ...over,
});

export const summary = (over: Partial<SubscriptionsSummary> = {}): SubscriptionsSummary => ({
  failed_today: 3,
  failing: 4,
  expiring: 12,
  expiring_unreminded: 5,
  active: 40,
  left_out: 0,
  mrr: [{ currency: 'EUR', cents: 116000 }],
  ...over,
});
