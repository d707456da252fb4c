import type Stripe from 'stripe';
import { type Core, idOf, listOf } from '../core.ts';
import { errors } from '../errors.ts';
import { setDiscounts } from './discounts.ts';
import { type BillingReason, renewalLine } from './draft-invoices.ts';
import { createInvoice } from './invoices.ts';
import { periodEnd } from './periods.ts';
import { pendingLines } from './plan-changes.ts';
import { voidInvoice } from './settlement.ts';
import { hasEnded, lasting, newItem, recurringOf } from './subscriptions.ts';

export function cancelNow(core: Core, subscriptionId: string, comment: string | null): Stripe.Subscription {
  const subscription = core.store.subscriptions.need(subscriptionId);
  if (hasEnded(subscription)) throw errors.missing('subscription', subscriptionId);
  if (subscription.pending_update) voidInvoice(core, idOf(subscription.latest_invoice as string));
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
  const items = subscription.items.data.map((one) => ({
    ...newItem(
      core,
      subscriptionId,
      one.price,
      one.quantity,
      { start, end: periodEnd(subscription.billing_cycle_anchor, start, recurringOf(one.price)) },
      one.id,
    ),
    ...lasting(one),
  }));
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
