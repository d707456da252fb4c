import type Stripe from 'stripe';
import { type Core, idOf, listOf } from '../core.ts';
import { errors } from '../errors.ts';
import { amountOf } from './amounts.ts';
import { activeDiscounts, shareDiscounts } from './discounts.ts';
import { pendingUpdate } from './pending-updates.ts';
import { collect, methodOf, voidInvoice } from './settlement.ts';
import { createInvoice } from './invoices.ts';
import { draft, type Line, renewalLine } from './draft-invoices.ts';
import { periodEnd } from './periods.ts';
import { hasEnded, lasting, newItem, recurringOf } from './subscriptions.ts';

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
    const amount = amountOf(core, price, quantity);
    return (
      amount -
      (shareDiscounts(core, [{ amount, discountable: true, price }], discounts)[0] ?? []).reduce(
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
      amount: Math.round(amountOf(core, next.price, next.quantity) * left),
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
    one.id === itemId
      ? { ...newItem(core, subscriptionId, next.price, next.quantity, period, itemId), ...lasting(one) }
      : one,
  );
  const changes = {
    items: listOf(items, subscription.items.url),
    ...(changesInterval ? { billing_cycle_anchor: now } : {}),
  };
  const change = () => core.update(core.store.subscriptions, subscriptionId, changes, 'customer.subscription.updated');
  // One change at a time waits: the next one takes its place.
  if (subscription.pending_update) voidInvoice(core, idOf(subscription.latest_invoice as string));
  if (
    options.paymentBehavior === 'pending_if_incomplete' &&
    lines.length > 0 &&
    options.behavior === 'always_invoice'
  ) {
    if (methodOf(core, subscription)?.type !== 'card' || subscription.collection_method !== 'charge_automatically')
      throw errors.invalid(
        'Pending updates are not supported for subscriptions that are paid by bank debit or by sending invoices.',
        'payment_behavior',
      );
    changeWhenPaid(
      core,
      subscriptionId,
      lines,
      change,
      pendingUpdate(subscription, items, changesInterval ? now : null, now),
    );
    return;
  }
  if (lines.length === 0) return void change();
  if (options.behavior === 'create_prorations' && !changesInterval) {
    change();
    for (const line of lines)
      core.store.pendingItems.put({
        id: core.id('ii'),
        created: now,
        subscription: subscriptionId,
        line: line as unknown as Stripe.InvoiceLineItem,
      });
    return;
  }
  // What is told of the change names its invoice.
  core.store.subscriptions.patch(subscriptionId, changes);
  const invoice = createInvoice(core, core.store.subscriptions.need(subscriptionId), lines, 'subscription_update');
  core.emit('customer.subscription.updated', core.store.subscriptions.need(subscriptionId), {
    items: subscription.items,
    latest_invoice: subscription.latest_invoice,
  });
  if (invoice.status !== 'open') return;
  const failure = collect(core, invoice.id!);
  if (failure && options.paymentBehavior === 'error_if_incomplete') throw Object.assign(failure, { keeps: false });
}

/** `pending_if_incomplete`: first the money, then the change, which waits while the money does not come. */
function changeWhenPaid(
  core: Core,
  subscriptionId: string,
  lines: Line[],
  change: () => void,
  pending: Stripe.Subscription.PendingUpdate,
): void {
  const invoice = createInvoice(core, core.store.subscriptions.need(subscriptionId), lines, 'subscription_update');
  if (invoice.status === 'open') {
    core.store.subscriptions.patch(subscriptionId, { pending_update: pending });
    if (collect(core, invoice.id!, { isFirst: true })) {
      core.emit('customer.subscription.updated', core.store.subscriptions.need(subscriptionId), {
        pending_update: null,
      });
      return;
    }
    core.store.subscriptions.patch(subscriptionId, { pending_update: null });
  }
  change();
}

export const pendingLines = (core: Core, subscriptionId: string): Line[] =>
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
