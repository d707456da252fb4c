import type Stripe from 'stripe';

/** What an account tells besides what a subscription business reads: most is of no interest, none may do harm. */
export interface Known {
  customer: string;
  subscription: Stripe.Subscription;
  invoice: Stripe.Invoice;
  charge: Stripe.Charge;
  refund: Stripe.Refund;
}

const made = { livemode: false, created: 1_924_992_000, metadata: {} };

/** Objects of kinds the stand-in does not play, as Stripe's reference shows them; what they belong to is real. */
const strange = ({ customer, subscription, charge }: Known): Array<[types: string[], object: object]> => [
  [
    ['plan.created', 'plan.updated', 'plan.deleted'],
    { ...made, id: 'premium-2019', object: 'plan', active: true, amount: 2900, currency: 'eur', interval: 'month' },
  ],
  [
    ['customer.source.created', 'customer.source.updated', 'customer.source.deleted', 'customer.source.expiring'],
    { ...made, id: 'card_old', object: 'card', brand: 'Visa', customer, exp_month: 1, exp_year: 2031, last4: '4242' },
  ],
  [
    ['source.chargeable', 'source.canceled', 'source.failed'],
    { ...made, id: 'src_old', object: 'source', type: 'sepa_debit', status: 'chargeable', customer, currency: 'eur' },
  ],
  [
    ['customer.tax_id.created', 'customer.tax_id.updated', 'customer.tax_id.deleted'],
    { ...made, id: 'txi_1', object: 'tax_id', customer, country: 'FR', type: 'eu_vat', value: 'FR40303265045' },
  ],
  [
    ['invoiceitem.created', 'invoiceitem.deleted'],
    { ...made, id: 'ii_1', object: 'invoiceitem', amount: 500, currency: 'eur', customer, date: made.created },
  ],
  [
    ['setup_intent.created', 'setup_intent.succeeded', 'setup_intent.setup_failed', 'setup_intent.canceled'],
    { ...made, id: 'seti_1', object: 'setup_intent', customer, status: 'succeeded', usage: 'off_session' },
  ],
  [
    ['mandate.updated'],
    {
      id: 'mandate_1',
      object: 'mandate',
      livemode: false,
      status: 'active',
      payment_method: 'pm_1',
      type: 'multi_use',
    },
  ],
  [
    ['payout.created', 'payout.updated', 'payout.paid', 'payout.failed', 'payout.reconciliation_completed'],
    {
      ...made,
      id: 'po_1',
      object: 'payout',
      amount: 81_234,
      arrival_date: made.created,
      currency: 'eur',
      status: 'paid',
    },
  ],
  // Has no id.
  [
    ['balance.available'],
    { object: 'balance', available: [{ amount: 5, currency: 'eur', source_types: { card: 5 } }], livemode: false },
  ],
  [
    ['account.updated'],
    {
      id: 'acct_local',
      object: 'account',
      charges_enabled: true,
      country: 'FR',
      default_currency: 'eur',
      type: 'standard',
    },
  ],
  [
    ['subscription_schedule.created', 'subscription_schedule.updated', 'subscription_schedule.released'],
    {
      ...made,
      id: 'sub_sched_1',
      object: 'subscription_schedule',
      customer,
      subscription: subscription.id,
      phases: [],
    },
  ],
  [
    ['quote.created', 'quote.finalized', 'quote.accepted'],
    { ...made, id: 'qt_1', object: 'quote', customer, subscription: null, amount_total: 2900, currency: 'eur' },
  ],
  [
    ['review.opened', 'review.closed'],
    { ...made, id: 'prv_1', object: 'review', charge: charge.id, open: true, reason: 'rule', opened_reason: 'rule' },
  ],
  [
    ['payment_link.created', 'payment_link.updated'],
    { ...made, id: 'plink_1', object: 'payment_link', active: true, currency: 'eur', url: 'https://buy.stripe.test/1' },
  ],
  [
    ['tax_rate.created', 'tax_rate.updated'],
    { ...made, id: 'txr_1', object: 'tax_rate', percentage: 20, country: 'FR' },
  ],
  [['file.created'], { id: 'file_1', object: 'file', created: made.created, purpose: 'dispute_evidence', size: 9 }],
  [['topup.succeeded'], { ...made, id: 'tu_1', object: 'topup', amount: 100, currency: 'eur', status: 'succeeded' }],
  [
    ['transfer.created'],
    { ...made, id: 'tr_1', object: 'transfer', amount: 100, currency: 'eur', destination: 'acct_1' },
  ],
  [['reporting.report_run.succeeded'], { ...made, id: 'frr_1', object: 'reporting.report_run', status: 'succeeded' }],
  [
    ['billing_portal.session.created', 'billing_portal.configuration.updated'],
    { ...made, id: 'bps_1', object: 'billing_portal.session', customer, url: 'https://billing.stripe.test' },
  ],
  [
    ['customer_cash_balance_transaction.created', 'cash_balance.funds_available'],
    { id: 'ccsbtxn_1', object: 'customer_cash_balance_transaction', customer, currency: 'eur', net_amount: 100 },
  ],
  [
    ['test_helpers.test_clock.advancing', 'test_helpers.test_clock.ready'],
    { ...made, id: 'clock_1', object: 'test_helpers.test_clock', frozen_time: made.created, status: 'ready' },
  ],
  // Of a kind that nobody knew when the mirror was written.
  [['v1.hologram.projected'], { ...made, id: 'holo_1', object: 'hologram', customer, subscription: subscription.id }],
];

/** Kinds the mirror reads, by types the stand-in has no occasion to send. */
const known = ({ subscription, invoice, charge, refund }: Known): Array<[types: string[], object: object]> => [
  [['customer.subscription.trial_will_end', 'customer.subscription.resumed'], subscription],
  [['invoice.sent', 'invoice.will_be_due', 'invoice.overdue', 'invoice.finalization_failed'], invoice],
  [['invoice.payment_attempt_required', 'invoice.overpaid'], invoice],
  [['charge.captured', 'charge.updated'], charge],
  [['refund.updated', 'charge.refund.updated'], refund],
  // An invoice that does not exist yet has no id.
  [['invoice.upcoming'], { ...invoice, id: undefined, status: 'draft', number: null, hosted_invoice_url: null }],
];

export const otherEvents = (given: Known) =>
  [...strange(given), ...known(given)].flatMap(([types, object]) => types.map((type) => ({ type, object })));
