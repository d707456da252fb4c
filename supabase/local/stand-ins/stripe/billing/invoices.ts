import type Stripe from 'stripe';
import { type Core, idOf } from '../core.ts';
import { errors } from '../errors.ts';
import { couponOf, tellRemoved } from './discounts.ts';
import { newPaymentIntent } from './payments.ts';
import { type BillingReason, draft, type Line } from './draft-invoices.ts';
import { markPaid } from './settlement.ts';

/**
 * Makes the invoice of a subscription. A cycle's stays a draft for an hour, as Stripe's does; others are finalized
 * at once.
 */
export function createInvoice(
  core: Core,
  subscription: Stripe.Subscription,
  lines: Line[],
  billingReason: BillingReason,
): Stripe.Invoice {
  const invoice = core.store.invoices.put(draft(core, subscription, lines, billingReason));
  core.emit('invoice.created', invoice);
  core.update(core.store.subscriptions, subscription.id, { latest_invoice: invoice.id });
  dropSpentDiscounts(core, subscription.id);
  return billingReason === 'subscription_cycle' ? invoice : finalize(core, invoice.id!);
}

/** A coupon for once is spent by the first invoice; one for some months by its end. */
export function dropSpentDiscounts(core: Core, subscriptionId: string): void {
  const subscription = core.store.subscriptions.need(subscriptionId);
  const now = core.nowOf(idOf(subscription.customer));
  const spent = subscription.discounts
    .map((one) => core.store.discounts.need(idOf(one)))
    .filter((one) => couponOf(core, one).duration === 'once' || (one.end !== null && one.end <= now));
  if (spent.length === 0) return;
  const gone = new Set(spent.map(({ id }) => id));
  core.update(
    core.store.subscriptions,
    subscriptionId,
    { discounts: subscription.discounts.filter((one) => !gone.has(idOf(one))) },
    'customer.subscription.updated',
  );
  for (const one of spent) tellRemoved(core, one);
}

export function finalize(core: Core, invoiceId: string): Stripe.Invoice {
  const invoice = core.store.invoices.need(invoiceId);
  if (invoice.status !== 'draft')
    throw errors.invalid(
      "This invoice is already finalized, you can't re-finalize a non-draft invoice.",
      undefined,
      'invoice_not_editable',
    );
  const customer = core.store.customers.need(idOf(invoice.customer as string));
  const now = core.nowOf(customer.id);
  const { settings } = core.store;
  core.store.meta.patch('meta', { invoiceNumber: settings.invoiceNumber + 1 });
  const number = `${core.account.invoicePrefix}-${String(settings.invoiceNumber + 1).padStart(6, '0')}`;
  // The balance may have changed since the draft.
  const credit = invoice.total > 0 ? Math.min(invoice.total, Math.max(0, -customer.balance)) : 0;
  const amountDue = Math.max(0, invoice.total - credit);
  const endingBalance = invoice.total < 0 ? customer.balance + invoice.total : customer.balance + credit;
  if (endingBalance !== customer.balance)
    core.update(core.store.customers, customer.id, { balance: endingBalance }, 'customer.updated');
  core.update(core.store.invoices, invoiceId, {
    status: 'open',
    number,
    effective_at: now,
    starting_balance: customer.balance,
    ending_balance: endingBalance,
    amount_due: amountDue,
    amount_remaining: amountDue,
    hosted_invoice_url: core.url(`/i/${invoiceId}`),
    invoice_pdf: core.url(`/i/${invoiceId}/pdf`),
    automatically_finalizes_at: null,
    status_transitions: { ...invoice.status_transitions, finalized_at: now },
  });
  if (amountDue > 0) {
    const intent = newPaymentIntent(core, {
      customer: customer.id,
      amount: amountDue,
      currency: invoice.currency,
      description: invoice.billing_reason === 'subscription_create' ? 'Subscription creation' : 'Subscription update',
      payment_method: null,
    });
    core.store.invoicePayments.put({
      id: core.id('inpay'),
      object: 'invoice_payment',
      amount_paid: null,
      amount_requested: amountDue,
      created: now,
      currency: invoice.currency,
      invoice: invoiceId,
      is_default: true,
      livemode: false,
      payment: { payment_intent: intent.id, type: 'payment_intent' },
      status: 'open',
      status_transitions: { canceled_at: null, paid_at: null },
    } as Stripe.InvoicePayment);
  }
  const finalized = core.store.invoices.need(invoiceId);
  core.emit('invoice.finalized', finalized);
  return amountDue === 0 ? markPaid(core, invoiceId, 0) : finalized;
}
