import Stripe from 'stripe';
import type { InvoiceLine, InvoicePreview, SoldRhythm } from '../../supabase/contracts/functions/stripe-action.ts';
import { itemOf, itemOnPlan, planOf } from './prices.ts';
import type { HeldSubscription } from './types.ts';

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

/** What a price is of, as the seller wrote it: of a plan its code, of anything else its own name or its product's. */
interface Named {
  plan: string | null;
  name: string | null;
}

function namedOf(price: Stripe.Price): Named {
  const { product } = price;
  return {
    plan: planOf(price),
    name: price.nickname ?? (typeof product === 'object' && 'name' in product ? product.name : null),
  };
}

/** Lines name their price by its id alone. */
async function namesOf(stripe: Stripe, lines: Stripe.InvoiceLineItem[]): Promise<Map<string, Named>> {
  const ids = new Set(lines.flatMap((line) => priceIdOf(line) ?? []));
  const prices = await Promise.all([...ids].map((id) => stripe.prices.retrieve(id, { expand: ['product'] })));
  return new Map(prices.map((price) => [price.id, namedOf(price)]));
}

function priceIdOf({ pricing }: Stripe.InvoiceLineItem): string | undefined {
  const price = pricing?.price_details?.price;
  return typeof price === 'object' ? price.id : price;
}

async function render(
  stripe: Stripe,
  invoice: Stripe.Invoice,
): Promise<Omit<InvoicePreview, 'next_amount_cents' | 'next_payment_at'>> {
  const names = await namesOf(stripe, invoice.lines.data);
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
      plan: names.get(priceIdOf(line) ?? '')?.plan ?? null,
      name: names.get(priceIdOf(line) ?? '')?.name ?? null,
      quantity: line.quantity,
      period_start: toInstant(line.period.start),
      period_end: toInstant(line.period.end),
      description: line.description ?? '',
      amount_cents: line.amount,
    })),
  };
}

/**
 * What a change of plan, or of its rhythm, costs now and at the next renewal; nothing is changed. 409 same_plan or
 * plan_has_no_price.
 */
export async function previewPlan(
  stripe: Stripe,
  row: HeldSubscription,
  plan: string,
  rhythm?: SoldRhythm | null,
): Promise<InvoicePreview> {
  const subscription = await stripe.subscriptions.retrieve(row.stripe_subscription_id);
  const held = itemOf(subscription, row);
  const item = await itemOnPlan(stripe, held, plan, rhythm);
  const preview = (proration_behavior: 'always_invoice' | 'none') =>
    stripe.invoices.createPreview({
      subscription: subscription.id,
      subscription_details: { items: [item], proration_behavior },
    });
  const [now, renewal] = await Promise.all([preview('always_invoice'), preview('none')]);
  // Another rhythm begins its own period at once; the next payment is at the end of that.
  const begun = now.lines.data.filter((line) => !isProration(line)).map(({ period }) => period.end);
  return {
    ...(await render(stripe, now)),
    next_amount_cents: renewal.amount_due,
    next_payment_at: iso(begun.length > 0 ? Math.max(...begun) : held.current_period_end),
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
