import type Stripe from 'stripe';
import { type Core, idOf, listOf } from '../core.ts';
import { errors } from '../errors.ts';
import { planOf } from '../objects/catalogue.ts';
import { activeDiscounts, type Redemption, redeem, shareDiscounts, tellRemoved } from './discounts.ts';
import { type BillingReason, collect, createInvoice, draft, type Line, renewalLine } from './invoices.ts';
import { periodEnd } from './periods.ts';

export const hasEnded = ({ status }: Stripe.Subscription): boolean =>
  status === 'canceled' || status === 'incomplete_expired';

export interface NewSubscription {
  customer: string;
  items: { price: Stripe.Price; quantity: number }[];
  metadata?: Stripe.Metadata;
  description?: string | null;
  defaultPaymentMethod?: string | null;
  trialEnd?: number | null;
  cancelAtPeriodEnd?: boolean;
  discounts?: Redemption[];
  paymentBehavior?: string | undefined;
  /** Bulk loads set the past. */
  startedAt?: number;
}

const recurringOf = ({ recurring }: Stripe.Price) =>
  ({ interval: recurring?.interval ?? 'month', interval_count: recurring?.interval_count ?? 1 }) as const;

export function newItem(
  core: Core,
  subscription: string,
  price: Stripe.Price,
  quantity: number,
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
    quantity,
    subscription,
    tax_rates: [],
  } as unknown as Stripe.SubscriptionItem;
}

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
    automatic_tax: { disabled_reason: null, enabled: false, liability: null },
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
    default_tax_rates: [],
    description: given.description ?? null,
    discounts: [],
    ended_at: null,
    invoice_settings: { account_tax_ids: null, issuer: { type: 'self' } },
    items: listOf(
      given.items.map(({ price, quantity }) => newItem(core, id, price, quantity, { start: now, end })),
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
    trial_settings: { end_behavior: { missing_payment_method: 'create_invoice' } },
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
    const failure = collect(core, invoice.id!, { onSession: false });
    if (failure && given.paymentBehavior === 'error_if_incomplete') throw Object.assign(failure, { keeps: false });
  } else if (!isTrial) core.update(core.store.subscriptions, id, { status: 'active' }, 'customer.subscription.updated');
  return core.store.subscriptions.need(id);
}

/** The lines that change a plan in the middle of a period: the unused time back, the rest of the new one. */
export function prorationLines(
  core: Core,
  subscription: Stripe.Subscription,
  item: Stripe.SubscriptionItem,
  next: { price: Stripe.Price; quantity: number },
  at: number,
): Line[] {
  if (subscription.status === 'trialing') return [];
  const discounts = activeDiscounts(core, subscription, at);
  const net = (price: Stripe.Price, quantity: number) => {
    const amount = (price.unit_amount ?? 0) * quantity;
    return (
      amount -
      (shareDiscounts(core, [{ amount, discountable: true }], discounts)[0] ?? []).reduce(
        (sum, share) => sum + share.amount,
        0,
      )
    );
  };
  const { current_period_start: start, current_period_end: end } = item;
  const changesInterval = next.price.recurring?.interval !== item.price.recurring?.interval;
  const left = Math.min(1, Math.max(0, (end - at) / (end - start)));
  const name = (price: Stripe.Price) => core.store.products.get(price.product as string)?.name ?? price.id;
  const credit: Line = {
    amount: -Math.round(net(item.price, item.quantity ?? 1) * left),
    description: `Unused time on ${name(item.price)}`,
    price: item.price,
    quantity: item.quantity ?? 1,
    period: { start: at, end },
    proration: true,
    discountable: false,
    item: item.id,
  };
  if (changesInterval)
    return [
      credit,
      renewalLine(
        core,
        { ...item, price: next.price, quantity: next.quantity },
        { start: at, end: periodEnd(at, at, recurringOf(next.price)) },
      ),
    ];
  return [
    credit,
    {
      amount: Math.round((next.price.unit_amount ?? 0) * next.quantity * left),
      description: `Remaining time on ${name(next.price)}`,
      price: next.price,
      quantity: next.quantity,
      period: { start: at, end },
      proration: true,
      discountable: true,
      item: item.id,
    },
  ];
}

export type ProrationBehavior = 'always_invoice' | 'create_prorations' | 'none';

/** Puts an item on another price. A refusal with `error_if_incomplete` undoes everything. */
export function changeItem(
  core: Core,
  subscriptionId: string,
  itemId: string,
  next: { price: Stripe.Price; quantity: number },
  options: { behavior: ProrationBehavior; at?: number | undefined; paymentBehavior?: string | undefined },
): void {
  const subscription = core.store.subscriptions.need(subscriptionId);
  const item = subscription.items.data.find(({ id }) => id === itemId);
  if (!item) throw errors.missing('subscription item', itemId, 'items[0][id]', 400);
  if (item.price.id === next.price.id && item.quantity === next.quantity) return;
  const now = core.nowOf(idOf(subscription.customer));
  const at = options.at ?? now;
  if (at < item.current_period_start || at > item.current_period_end)
    throw errors.invalid('Invalid proration_date: must be within the current billing period', 'proration_date');
  const lines = options.behavior === 'none' ? [] : prorationLines(core, subscription, item, next, at);
  const changesInterval =
    next.price.recurring?.interval !== item.price.recurring?.interval && subscription.status !== 'trialing';
  const period = changesInterval
    ? { start: now, end: periodEnd(now, now, recurringOf(next.price)) }
    : { start: item.current_period_start, end: item.current_period_end };
  const items = subscription.items.data.map((one) =>
    one.id === itemId ? newItem(core, subscriptionId, next.price, next.quantity, period, itemId) : one,
  );
  core.update(
    core.store.subscriptions,
    subscriptionId,
    { items: listOf(items, subscription.items.url), ...(changesInterval ? { billing_cycle_anchor: now } : {}) },
    'customer.subscription.updated',
  );
  if (lines.length === 0) return;
  if (options.behavior === 'create_prorations' && !changesInterval) {
    for (const line of lines)
      core.store.pendingItems.put({
        id: core.id('ii'),
        created: now,
        subscription: subscriptionId,
        line: line as unknown as Stripe.InvoiceLineItem,
      });
    return;
  }
  const invoice = createInvoice(core, core.store.subscriptions.need(subscriptionId), lines, 'subscription_update');
  if (invoice.status !== 'open') return;
  const failure = collect(core, invoice.id!);
  if (failure && options.paymentBehavior === 'error_if_incomplete') throw Object.assign(failure, { keeps: false });
}

const pendingLines = (core: Core, subscriptionId: string): Line[] =>
  core.store.pendingItems
    .by('subscription', subscriptionId)
    .map(({ line }) => line as unknown as Line)
    .reverse();

/** The invoice a renewal, or a change, would make. */
export function preview(
  core: Core,
  subscription: Stripe.Subscription,
  change: {
    item: Stripe.SubscriptionItem;
    price: Stripe.Price;
    quantity: number;
    behavior: ProrationBehavior;
    at: number | undefined;
  } | null,
): Stripe.Invoice {
  const now = core.nowOf(idOf(subscription.customer));
  if (change && change.behavior === 'always_invoice')
    return draft(
      core,
      subscription,
      prorationLines(core, subscription, change.item, change, change.at ?? now),
      'upcoming',
    );
  if (hasEnded(subscription) || (subscription.cancel_at_period_end && !change))
    throw errors.invalid(
      `No upcoming invoices for customer: ${idOf(subscription.customer)}`,
      undefined,
      'invoice_upcoming_none',
    );
  const prorated =
    change && change.behavior === 'create_prorations'
      ? prorationLines(core, subscription, change.item, change, change.at ?? now)
      : [];
  const items = subscription.items.data.map((item) =>
    change && item.id === change.item.id ? { ...item, price: change.price, quantity: change.quantity } : item,
  );
  const renewals = items.map((item) =>
    renewalLine(core, item, {
      start: item.current_period_end,
      end: periodEnd(subscription.billing_cycle_anchor, item.current_period_end, recurringOf(item.price)),
    }),
  );
  const invoice = core.at(idOf(subscription.customer), items[0]!.current_period_end, () =>
    draft(core, subscription, [...pendingLines(core, subscription.id), ...prorated, ...renewals], 'upcoming'),
  );
  return { ...invoice, next_payment_attempt: items[0]!.current_period_end };
}

export function cancelNow(core: Core, subscriptionId: string, comment: string | null): Stripe.Subscription {
  const subscription = core.store.subscriptions.need(subscriptionId);
  if (hasEnded(subscription)) throw errors.missing('subscription', subscriptionId);
  const now = core.nowOf(idOf(subscription.customer));
  for (const invoice of core.store.invoices.by('unsettled', subscriptionId))
    core.update(
      core.store.invoices,
      invoice.id!,
      { auto_advance: false, next_payment_attempt: null },
      'invoice.updated',
    );
  const ended = core.store.subscriptions.patch(subscriptionId, {
    status: 'canceled',
    canceled_at: subscription.canceled_at ?? now,
    ended_at: now,
    cancel_at_period_end: false,
    cancellation_details: { comment, feedback: null, feedback_option: null, reason: 'cancellation_requested' },
  });
  core.emit('customer.subscription.deleted', ended);
  return ended;
}

export function setDiscounts(core: Core, subscriptionId: string, wanted: (Redemption | { discount: string })[]): void {
  const subscription = core.store.subscriptions.need(subscriptionId);
  const kept = wanted.map((one) =>
    'discount' in one
      ? one.discount
      : redeem(core, one, { customer: idOf(subscription.customer), subscription: subscriptionId }).id,
  );
  const gone = subscription.discounts.map(idOf).filter((id) => !kept.includes(id));
  core.update(core.store.subscriptions, subscriptionId, { discounts: kept }, 'customer.subscription.updated');
  for (const id of gone) tellRemoved(core, core.store.discounts.need(id));
}

/** A period ends: the subscription ends with it, or the next one begins and is invoiced. */
export function renew(core: Core, subscriptionId: string): void {
  const subscription = core.store.subscriptions.need(subscriptionId);
  const [item] = subscription.items.data;
  const start = item!.current_period_end;
  if (subscription.cancel_at_period_end || (subscription.cancel_at !== null && subscription.cancel_at <= start)) {
    core.emit(
      'customer.subscription.deleted',
      core.store.subscriptions.patch(subscriptionId, {
        status: 'canceled',
        ended_at: start,
        canceled_at: subscription.canceled_at ?? start,
      }),
    );
    return;
  }
  const items = subscription.items.data.map((one) =>
    newItem(
      core,
      subscriptionId,
      one.price,
      one.quantity ?? 1,
      { start, end: periodEnd(subscription.billing_cycle_anchor, start, recurringOf(one.price)) },
      one.id,
    ),
  );
  core.update(
    core.store.subscriptions,
    subscriptionId,
    {
      items: listOf(items, subscription.items.url),
      ...(subscription.status === 'trialing' ? { status: 'active' as const } : {}),
    },
    'customer.subscription.updated',
  );
  const after = core.store.subscriptions.need(subscriptionId);
  const expired = after.discounts
    .map((one) => core.store.discounts.need(idOf(one)))
    .filter(({ end }) => end !== null && end <= start);
  if (expired.length > 0)
    setDiscounts(
      core,
      subscriptionId,
      after.discounts
        .filter((one) => !expired.some(({ id }) => id === idOf(one)))
        .map((one) => ({ discount: idOf(one) })),
    );
  const lines = [
    ...pendingLines(core, subscriptionId),
    ...items.map((one) => renewalLine(core, one, { start, end: one.current_period_end })),
  ];
  for (const pending of core.store.pendingItems.by('subscription', subscriptionId))
    core.store.pendingItems.remove(pending.id);
  const reason: BillingReason = 'subscription_cycle';
  createInvoice(core, core.store.subscriptions.need(subscriptionId), lines, reason);
}
