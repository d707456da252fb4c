import type { RetriedInvoice } from '../../supabase/contracts/functions/stripe-action.ts';
import Stripe from 'stripe';
import { nothingToRetry, shown } from './errors.ts';
import { meaningOf } from './refusals.ts';

/** Only the customer can go on: his bank asks for him. */
export const needsCustomer = (code: string | null | undefined) =>
  code === 'authentication_required' ||
  code === 'invoice_payment_intent_requires_action' ||
  code === 'payment_intent_action_required' ||
  code === 'subscription_payment_intent_requires_action';

const isUnderWay = (invoice: Stripe.Invoice) =>
  (invoice.payments?.data ?? []).some(
    ({ payment }) => typeof payment.payment_intent === 'object' && payment.payment_intent.status === 'processing',
  );

/** All open invoices of a subscription, the oldest first, each with its payments. */
async function openInvoices(stripe: Stripe, subscription: string): Promise<Stripe.Invoice[]> {
  const open = await stripe.invoices.list({ subscription, status: 'open', limit: 100 }).autoPagingToArray({
    limit: 1_000,
  });
  return open.sort((a, b) => a.created - b.created);
}

interface Attempt {
  told: RetriedInvoice;
  /** What Stripe said, when it said no. */
  refusal: unknown;
}

async function pay(stripe: Stripe, open: Stripe.Invoice, idempotencyKey: string): Promise<Attempt> {
  const told = (invoice: Stripe.Invoice, outcome: RetriedInvoice['outcome'], refusal: unknown = null): Attempt => ({
    told: {
      stripe_invoice_id: open.id!,
      number: invoice.number,
      amount_cents: open.amount_remaining,
      currency: open.currency.toUpperCase(),
      outcome,
      error: refusal ? shown(refusal) : null,
      page: invoice.hosted_invoice_url ?? null,
    },
    refusal,
  });
  const invoice = await stripe.invoices.retrieve(open.id!, { expand: ['payments.data.payment.payment_intent'] });
  // A debit takes days; whoever asked twice would be debited twice.
  if (isUnderWay(invoice)) return told(invoice, 'processing');
  try {
    const paid = await stripe.invoices.pay(open.id!, {}, { idempotencyKey });
    return told(paid, paid.status === 'paid' ? 'paid' : 'processing');
  } catch (error) {
    if (error instanceof Stripe.errors.StripeCardError)
      return told(invoice, needsCustomer(error.code) ? 'confirm' : 'failed', error);
    // Paid by the customer, or voided by a colleague, a moment ago: that is no failure.
    const now = await stripe.invoices.retrieve(open.id!);
    if (now.status === 'paid') return told(now, 'paid');
    if (now.status !== 'open') return told(now, 'gone');
    if (meaningOf(error) === 'no_payment_method') return told(now, 'failed', error);
    throw error;
  }
}

/**
 * Asks for the money of each open invoice, the oldest first. One that is refused stops none of the others. 409
 * nothing_to_retry without any.
 */
export async function payOpenInvoices(
  stripe: Stripe,
  subscription: string,
  idempotencyKey: string,
): Promise<Attempt[]> {
  const open = await openInvoices(stripe, subscription);
  if (open.length === 0) throw nothingToRetry();
  const attempts: Attempt[] = [];
  for (const invoice of open) attempts.push(await pay(stripe, invoice, `${idempotencyKey}-${invoice.id}`));
  return attempts;
}
