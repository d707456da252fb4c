import type Stripe from 'stripe';
import type { SoldPrice, SoldRhythm } from '../../supabase/contracts/functions/stripe-action.ts';
import { planHasNoPrice, samePlan } from './errors.ts';
import type { HeldSubscription } from './types.ts';

/** As the mirror reads it: a price's `metadata.plan`, else its lookup key without its interval. */
export const planOf = ({ metadata, lookup_key }: Stripe.Price) =>
  metadata['plan'] ?? (lookup_key?.replace(/_(\d+_)?(day|week|month|year)$/, '') || null);

export interface Rhythm {
  interval: string;
  interval_count: number;
  currency?: string;
}

const monthly: Rhythm = { interval: 'month', interval_count: 1 };

/** `pro_plus_month`, `pro_plus_3_month`: what the console finds a price by. */
const lookupKeyOf = (plan: string, { interval, interval_count }: Rhythm) =>
  interval_count === 1 ? `${plan}_${interval}` : `${plan}_${interval_count}_${interval}`;

/** The active price of a plan for a rhythm, by its lookup key; 409 plan_has_no_price. */
export async function priceOf(stripe: Stripe, plan: string, rhythm: Rhythm = monthly): Promise<Stripe.Price> {
  const lookupKey = lookupKeyOf(plan, rhythm);
  const { data } = await stripe.prices.list({ lookup_keys: [lookupKey], active: true, limit: 1 });
  const [price] = data;
  // A key is only a name: what it names must be billed at that rhythm, in that currency.
  const fits =
    price?.recurring?.interval === rhythm.interval &&
    price.recurring.interval_count === rhythm.interval_count &&
    (rhythm.currency === undefined || price.currency === rhythm.currency);
  if (!price || !fits) throw planHasNoPrice(lookupKey);
  return price;
}

/** The item that stands for the subscription: the one the mirror found, or what the plan has been moved to since. */
export function itemOf({ items }: Stripe.Subscription, row: HeldSubscription): Stripe.SubscriptionItem {
  return (
    items.data.find(({ id }) => id === row.stripe_item_id) ??
    items.data.find(({ price }) => planOf(price) === row.plan) ??
    items.data[0]!
  );
}

/**
 * That item on another plan: its quantity stays, its rhythm unless another is asked for, and so does every add-on. 409
 * same_plan or plan_has_no_price.
 */
export async function itemOnPlan(
  stripe: Stripe,
  held: Stripe.SubscriptionItem,
  plan: string,
  rhythm?: SoldRhythm | null,
) {
  const kept = held.price.recurring!;
  const wanted: Rhythm = rhythm ? { interval: rhythm, interval_count: 1 } : kept;
  const price = await priceOf(stripe, plan, {
    interval: wanted.interval,
    interval_count: wanted.interval_count,
    currency: held.price.currency,
  });
  if (held.price.id === price.id) throw samePlan(plan);
  return { id: held.id, price: price.id, ...(held.quantity === undefined ? {} : { quantity: held.quantity }) };
}

/** More prices than a catalogue has. */
const pricesAtMost = 1_000;

/** What can be sold: the active prices that the console finds by their lookup key, each with its rhythm. */
export async function listPrices(stripe: Stripe): Promise<SoldPrice[]> {
  const prices = await stripe.prices
    .list({ active: true, type: 'recurring', limit: 100 })
    .autoPagingToArray({ limit: pricesAtMost });
  return prices.flatMap((price): SoldPrice[] => {
    const plan = planOf(price);
    const { recurring, unit_amount } = price;
    if (!plan || !recurring || unit_amount === null || price.lookup_key !== lookupKeyOf(plan, recurring)) return [];
    return [
      {
        plan,
        interval: recurring.interval as SoldPrice['interval'],
        interval_count: recurring.interval_count,
        amount_cents: unit_amount,
        currency: price.currency.toUpperCase(),
      },
    ];
  });
}
