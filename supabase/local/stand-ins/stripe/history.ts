import type Stripe from 'stripe';
import { advanceTo } from './billing/clock.ts';
import { periodEnd } from './billing/periods.ts';
import { cancelNow } from './billing/renewals.ts';
import { createSubscription } from './billing/subscriptions.ts';
import type { Core } from './core.ts';
import { errors } from './errors.ts';
import { createCard, findTestCard } from './objects/cards.ts';
import { newCustomer } from './objects/customers.ts';

export interface History {
  customers: Array<{
    email: string;
    name?: string;
    metadata?: Record<string, string>;
    subscription?: {
      priceLookupKey: string;
      /** Unix seconds; invoices are made and paid from then on. */
      startedAt: number;
      /** `past_due`: its card refuses since the last renewal. */
      status?: 'active' | 'past_due' | 'canceled' | 'trialing';
      cancelAtPeriodEnd?: boolean;
      discountCouponId?: string;
      card?: string;
      metadata?: Record<string, string>;
    };
  }>;
}

/** Customers with a past, told to nobody: for demo data and measurements → their ids, in order. */
export function loadHistory(
  core: Core,
  { customers }: History,
): Array<{ customer: string; subscription: string | null }> {
  core.isSilent = true;
  try {
    return customers.map((given) => loadCustomer(core, given));
  } finally {
    core.isSilent = false;
  }
}

function loadCustomer(
  core: Core,
  given: History['customers'][number],
): { customer: string; subscription: string | null } {
  const wanted = given.subscription;
  const created = wanted?.startedAt ?? core.now();
  const known = core.store.customers.by('email', given.email)[0];
  const customer =
    known ??
    core.store.customers.put(
      newCustomer(core, { email: given.email, name: given.name ?? null, metadata: given.metadata ?? {}, created }),
    );
  if (!wanted) return { customer: customer.id, subscription: null };
  const [price] = core.store.prices.by('lookup_key', wanted.priceLookupKey);
  const card = findTestCard(wanted.card ?? 'visa');
  if (!price) throw errors.missing('price', wanted.priceLookupKey, 'priceLookupKey');
  if (!card) throw errors.invalid(`"${wanted.card}" is no test card`, 'card');
  const method = createCard(core, card, { customer: customer.id, email: given.email, created });
  core.store.customers.patch(customer.id, {
    invoice_settings: { ...customer.invoice_settings, default_payment_method: method.id },
  });
  const subscription = core.at(customer.id, wanted.startedAt, () =>
    createSubscription(core, {
      customer: customer.id,
      items: [{ price, quantity: 1 }],
      metadata: wanted.metadata ?? {},
      defaultPaymentMethod: method.id,
      startedAt: wanted.startedAt,
      trialEnd: wanted.status === 'trialing' ? core.now() + 5 * 86_400 : null,
      discounts: wanted.discountCouponId ? [{ coupon: wanted.discountCouponId, promotionCode: null }] : [],
    }),
  );
  const renewal = lastRenewal(subscription, core.now());
  if (wanted.status === 'past_due' && renewal !== null) {
    advanceTo(core, customer.id, renewal - 1);
    core.store.moods.put({ ...core.mood(customer.id), failAlways: 'insufficient_funds' });
  }
  advanceTo(core, customer.id, core.now());
  if (wanted.status === 'canceled') cancelNow(core, subscription.id, null);
  if (wanted.cancelAtPeriodEnd) {
    const held = core.store.subscriptions.need(subscription.id);
    core.store.subscriptions.patch(subscription.id, {
      cancel_at_period_end: true,
      cancel_at: held.items.data[0]!.current_period_end,
      canceled_at: core.now(),
    });
  }
  return { customer: customer.id, subscription: subscription.id };
}

function lastRenewal({ billing_cycle_anchor: anchor, items }: Stripe.Subscription, now: number): number | null {
  const { interval, interval_count } = items.data[0]!.price.recurring!;
  let last: number | null = null;
  for (
    let end = periodEnd(anchor, anchor, { interval, interval_count });
    end <= now;
    end = periodEnd(anchor, end, { interval, interval_count })
  )
    last = end;
  return last;
}
