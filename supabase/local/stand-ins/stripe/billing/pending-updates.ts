import type Stripe from 'stripe';
import { type Core, hour, idOf, listOf } from '../core.ts';
import { subscriptionIdOf } from '../store.ts';

/**
 * A change whose payment did not succeed waits at its subscription for at most 23 hours; all goes on as before until
 * its invoice is paid. https://docs.stripe.com/billing/subscriptions/pending-updates
 */
export function pendingUpdate(
  subscription: Stripe.Subscription,
  items: Stripe.SubscriptionItem[],
  anchor: number | null,
  now: number,
): Stripe.Subscription.PendingUpdate {
  const [item] = subscription.items.data;
  return {
    billing_cycle_anchor: anchor,
    cancel_at_period_end: null,
    discount: null,
    discounts: null,
    expires_at: Math.min(now + 23 * hour, item!.current_period_end, subscription.trial_end ?? Infinity),
    metadata: null,
    subscription_items: items,
    trial_end: null,
    trial_from_plan: null,
  } as unknown as Stripe.Subscription.PendingUpdate;
}

/** Whether an invoice pays for a change that waits. */
export function isOfPending(core: Core, invoice: Stripe.Invoice): boolean {
  const subscription = core.store.subscriptions.get(subscriptionIdOf(invoice) ?? '');
  return Boolean(subscription?.pending_update) && idOf(subscription!.latest_invoice as string) === invoice.id;
}

/** Its invoice is paid: what waited is done. */
export function applyPending(core: Core, invoice: Stripe.Invoice): void {
  if (!isOfPending(core, invoice)) return;
  const subscription = core.store.subscriptions.need(subscriptionIdOf(invoice)!);
  const { subscription_items: items, billing_cycle_anchor: anchor } = subscription.pending_update!;
  core.update(
    core.store.subscriptions,
    subscription.id,
    {
      items: listOf(items ?? subscription.items.data, subscription.items.url),
      ...(anchor ? { billing_cycle_anchor: anchor } : {}),
      pending_update: null,
    },
    'customer.subscription.updated',
  );
  core.emit('customer.subscription.pending_update_applied', core.store.subscriptions.need(subscription.id));
}

/** Its invoice is void: what waited is forgotten. */
export function dropPending(core: Core, invoice: Stripe.Invoice): void {
  if (!isOfPending(core, invoice)) return;
  core.update(
    core.store.subscriptions,
    subscriptionIdOf(invoice)!,
    { pending_update: null },
    'customer.subscription.updated',
  );
}
