import Stripe from 'stripe';
import type { InvoiceLine, InvoicePreview } from '../../supabase/contracts/functions/stripe-action.ts';
import { planHasNoPrice, samePlan } from './errors.ts';
import type { HeldSubscription } from './types.ts';

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

/** That item on another plan: its quantity and its rhythm stay, and so does every add-on. */
export async function itemOnPlan(stripe: Stripe, held: Stripe.SubscriptionItem, plan: string) {
  const { interval, interval_count } = held.price.recurring!;
  const price = await priceOf(stripe, plan, { interval, interval_count, currency: held.price.currency });
  if (held.price.id === price.id) throw samePlan(plan);
  return { id: held.id, price: price.id, ...(held.quantity === undefined ? {} : { quantity: held.quantity }) };
}

const isProration = (line: Stripe.InvoiceLineItem) =>
  Boolean(line.parent?.subscription_item_details?.proration ?? line.parent?.invoice_item_details?.proration);

const toInstant = (seconds: number) => new Date(seconds * 1000).toISOString();
const iso = (seconds: number | null | undefined) => (seconds ? toInstant(seconds) : null);

/** Stripe says which lines give back only for those it has billed; an amount below zero says it too. */
function kindOf(line: Stripe.InvoiceLineItem): InvoiceLine['kind'] {
  if (!isProration(line)) return 'period';
  const parent = line.parent?.subscription_item_details ?? line.parent?.invoice_item_details;
  return line.amount < 0 || parent?.proration_details?.credited_items ? 'unused' : 'remaining';
}

/** As the mirror reads it: a price's `metadata.plan`, else its lookup key without its interval. */
const planOf = ({ metadata, lookup_key }: Stripe.Price) =>
  metadata['plan'] ?? (lookup_key?.replace(/_(\d+_)?(day|week|month|year)$/, '') || null);

/** Lines name their price by its id alone. */
async function plansOf(stripe: Stripe, lines: Stripe.InvoiceLineItem[]): Promise<Map<string, string | null>> {
  const ids = new Set(lines.flatMap((line) => priceIdOf(line) ?? []));
  const prices = await Promise.all([...ids].map((id) => stripe.prices.retrieve(id)));
  return new Map(prices.map((price) => [price.id, planOf(price)]));
}

function priceIdOf({ pricing }: Stripe.InvoiceLineItem): string | undefined {
  const price = pricing?.price_details?.price;
  return typeof price === 'object' ? price.id : price;
}

async function render(
  stripe: Stripe,
  invoice: Stripe.Invoice,
): Promise<Omit<InvoicePreview, 'next_amount_cents' | 'next_payment_at'>> {
  const plans = await plansOf(stripe, invoice.lines.data);
  const prorated = invoice.lines.data.filter(isProration);
  return {
    amount_due_cents: invoice.amount_due,
    currency: invoice.currency.toUpperCase(),
    proration_date: prorated[0]?.period.start ?? null,
    discount_cents: -(invoice.total_discount_amounts ?? []).reduce((sum, { amount }) => sum + amount, 0),
    tax_cents: invoice.total - (invoice.total_excluding_tax ?? invoice.total),
    balance_cents: invoice.amount_due - invoice.total,
    lines: invoice.lines.data.map((line) => ({
      kind: kindOf(line),
      plan: plans.get(priceIdOf(line) ?? '') ?? null,
      quantity: line.quantity,
      period_start: toInstant(line.period.start),
      period_end: toInstant(line.period.end),
      description: line.description ?? '',
      amount_cents: line.amount,
    })),
  };
}

/** What a change of plan costs now and at the next renewal; nothing is changed. 409 same_plan or plan_has_no_price. */
export async function previewPlan(stripe: Stripe, row: HeldSubscription, plan: string): Promise<InvoicePreview> {
  const subscription = await stripe.subscriptions.retrieve(row.stripe_subscription_id);
  const held = itemOf(subscription, row);
  const item = await itemOnPlan(stripe, held, plan);
  const preview = (proration_behavior: 'always_invoice' | 'none') =>
    stripe.invoices.createPreview({
      subscription: subscription.id,
      subscription_details: { items: [item], proration_behavior },
    });
  const [now, renewal] = await Promise.all([preview('always_invoice'), preview('none')]);
  return {
    ...(await render(stripe, now)),
    next_amount_cents: renewal.amount_due,
    next_payment_at: iso(held.current_period_end),
  };
}

/** The next invoice as it stands; null when none will come. */
export async function upcomingInvoice(stripe: Stripe, row: HeldSubscription): Promise<InvoicePreview | null> {
  try {
    const invoice = await stripe.invoices.createPreview({ subscription: row.stripe_subscription_id });
    return {
      ...(await render(stripe, invoice)),
      next_amount_cents: invoice.amount_due,
      next_payment_at: iso(invoice.next_payment_attempt ?? invoice.period_end),
    };
  } catch (error) {
    if (error instanceof Stripe.errors.StripeInvalidRequestError && error.code === 'invoice_upcoming_none') return null;
    throw error;
  }
}
