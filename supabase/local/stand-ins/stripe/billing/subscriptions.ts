import type Stripe from 'stripe';
import { type Core, listOf } from '../core.ts';
import { errors } from '../errors.ts';
import { planOf } from '../objects/catalogue.ts';
import { redeem, type Redemption } from './discounts.ts';
import { collect } from './settlement.ts';
import { createInvoice } from './invoices.ts';
import { renewalLine } from './draft-invoices.ts';
import { periodEnd } from './periods.ts';

export const hasEnded = ({ status }: Stripe.Subscription): boolean =>
  status === 'canceled' || status === 'incomplete_expired';

export interface NewSubscription {
  customer: string;
  items: { price: Stripe.Price; quantity: number | undefined; discounts?: Redemption[]; taxRates?: Stripe.TaxRate[] }[];
  taxRates?: Stripe.TaxRate[];
  metadata?: Stripe.Metadata;
  description?: string | null;
  defaultPaymentMethod?: string | null;
  trialEnd?: number | null;
  cancelAtPeriodEnd?: boolean;
  discounts?: Redemption[];
  paymentBehavior?: string | undefined;
  automaticTax?: boolean;
  /** He is there, and does or does not what his bank asks. */
  confirms?: boolean | undefined;
  /** Bulk loads set the past. */
  startedAt?: number;
}

export const recurringOf = ({ recurring }: Stripe.Price) =>
  ({ interval: recurring?.interval ?? 'month', interval_count: recurring?.interval_count ?? 1 }) as const;

export function newItem(
  core: Core,
  subscription: string,
  price: Stripe.Price,
  quantity: number | undefined,
  period: { start: number; end: number },
  id = core.id('si', 14),
): Stripe.SubscriptionItem {
  return {
    id,
    object: 'subscription_item',
    billing_thresholds: null,
    created: period.start,
    current_period_end: period.end,
    current_period_start: period.start,
    current_trial: null,
    discounts: [],
    metadata: {},
    plan: planOf(price),
    price,
    ...(quantity === undefined ? {} : { quantity }),
    subscription,
    tax_rates: [],
  } as unknown as Stripe.SubscriptionItem;
}

/** What an item keeps whatever its period, its price and its quantity. */
export const lasting = ({ discounts, tax_rates, metadata }: Stripe.SubscriptionItem) => ({
  discounts,
  tax_rates,
  metadata,
});

/** Makes a subscription, its first invoice, and tries to collect it. */
export function createSubscription(core: Core, given: NewSubscription): Stripe.Subscription {
  const [first] = given.items;
  if (!first) throw errors.required('items');
  const now = given.startedAt ?? core.nowOf(given.customer);
  const id = core.id('sub');
  const isTrial = Boolean(given.trialEnd && given.trialEnd > now);
  const end = isTrial ? (given.trialEnd as number) : periodEnd(now, now, recurringOf(first.price));
  const subscription = core.store.subscriptions.put({
    id,
    object: 'subscription',
    application: null,
    application_fee_percent: null,
    automatic_tax: {
      disabled_reason: null,
      enabled: given.automaticTax ?? false,
      liability: given.automaticTax ? { type: 'self' } : null,
    },
    billing_cycle_anchor: isTrial ? end : now,
    billing_cycle_anchor_config: null,
    billing_mode: { flexible: null, type: 'classic' },
    billing_schedules: [],
    billing_thresholds: null,
    cancel_at: given.cancelAtPeriodEnd ? end : null,
    cancel_at_period_end: given.cancelAtPeriodEnd ?? false,
    canceled_at: given.cancelAtPeriodEnd ? now : null,
    cancellation_details: {
      comment: null,
      feedback: null,
      feedback_option: null,
      reason: given.cancelAtPeriodEnd ? 'cancellation_requested' : null,
    },
    collection_method: 'charge_automatically',
    created: now,
    currency: first.price.currency,
    customer: given.customer,
    customer_account: null,
    days_until_due: null,
    default_payment_method: given.defaultPaymentMethod ?? null,
    default_source: null,
    default_tax_rates: given.taxRates ?? [],
    description: given.description ?? null,
    discounts: [],
    ended_at: null,
    invoice_settings: {
      account_tax_ids: null,
      custom_fields: null,
      description: null,
      footer: null,
      issuer: { type: 'self' },
    },
    items: listOf(
      given.items.map(({ price, quantity, discounts = [], taxRates = [] }) => {
        const item = newItem(core, id, price, quantity, { start: now, end });
        const made = discounts.map((one) =>
          redeem(core, one, { customer: given.customer, subscription: id, item: item.id, start: now }),
        );
        return { ...item, discounts: made.map((one) => one.id), tax_rates: taxRates };
      }),
      `/v1/subscription_items?subscription=${id}`,
    ),
    latest_invoice: null,
    livemode: false,
    managed_payments: null,
    metadata: given.metadata ?? {},
    next_pending_invoice_item_invoice: null,
    on_behalf_of: null,
    pause_collection: null,
    payment_settings: { payment_method_options: null, payment_method_types: null, save_default_payment_method: 'off' },
    pending_invoice_item_interval: null,
    pending_setup_intent: null,
    pending_update: null,
    schedule: null,
    start_date: now,
    status: isTrial ? 'trialing' : 'incomplete',
    test_clock: core.store.customers.need(given.customer).test_clock,
    transfer_data: null,
    trial_end: isTrial ? end : null,
    trial_settings: { end_behavior: { billing_cycle_anchor: null, missing_payment_method: 'create_invoice' } },
    trial_start: isTrial ? now : null,
  } as unknown as Stripe.Subscription);
  if (given.discounts && given.discounts.length > 0) {
    const made = given.discounts.map((one) =>
      redeem(core, one, { customer: given.customer, subscription: id, start: now }),
    );
    core.store.subscriptions.patch(id, { discounts: made.map((one) => one.id) });
  }
  core.emit('customer.subscription.created', core.store.subscriptions.need(id));
  const invoice = createInvoice(
    core,
    core.store.subscriptions.need(id),
    subscription.items.data.map((item) => renewalLine(core, item, { start: now, end }, isTrial)),
    'subscription_create',
  );
  if (invoice.status === 'open') {
    const failure = collect(core, invoice.id!, { confirms: given.confirms });
    if (failure && given.paymentBehavior === 'error_if_incomplete') throw Object.assign(failure, { keeps: false });
  } else if (!isTrial) core.update(core.store.subscriptions, id, { status: 'active' }, 'customer.subscription.updated');
  return core.store.subscriptions.need(id);
}
