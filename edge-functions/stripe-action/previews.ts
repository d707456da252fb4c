import Stripe from 'stripe';
import type { InvoiceLine, InvoicePreview } from '../../supabase/contracts/functions/stripe-action.ts';
import { planHasNoPrice, samePlan } from './errors.ts';
import type { HeldSubscription } from './types.ts';

/** The active price of a plan for an interval, by its lookup key `<plan>_<interval>`; 409 plan_has_no_price. */
export async function priceOf(stripe: Stripe, plan: string, interval: string): Promise<Stripe.Price> {
  const lookupKey = `${plan}_${interval}`;
  const { data } = await stripe.prices.list({ lookup_keys: [lookupKey], active: true, limit: 1 });
  if (!data[0]) throw planHasNoPrice(lookupKey);
  return data[0];
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

/** As the mirror reads it: a price's `metadata.plan`, else its lookup key up to the first underscore. */
const planOf = ({ metadata, lookup_key }: Stripe.Price) => metadata['plan'] ?? (lookup_key?.split('_')[0] || null);

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
  const [subscription, price] = await Promise.all([
    stripe.subscriptions.retrieve(row.stripe_subscription_id),
    priceOf(stripe, plan, row.billing_interval),
  ]);
  const [item] = subscription.items.data;
  if (item?.price.id === price.id) throw samePlan(plan);
  const preview = (proration_behavior: 'always_invoice' | 'none') =>
    stripe.invoices.createPreview({
      subscription: subscription.id,
      subscription_details: { items: [{ id: item!.id, price: price.id }], proration_behavior },
    });
  const [now, renewal] = await Promise.all([preview('always_invoice'), preview('none')]);
  return {
    ...(await render(stripe, now)),
    next_amount_cents: renewal.amount_due,
    next_payment_at: iso(item!.current_period_end),
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
