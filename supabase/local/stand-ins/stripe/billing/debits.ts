import type Stripe from 'stripe';
import { type Core, idOf } from '../core.ts';
import { subscriptionIdOf } from '../store.ts';
import { afterFailure, markPaid } from './settlement.ts';

/** What the bank says at last of a customer's debits under way. */
export function settleDebits(core: Core, customer: string, isPaid: boolean): Stripe.Charge[] {
  return core.store.charges
    .by('customer', customer)
    .filter(({ status }) => status === 'pending')
    .map((charge) => settleDebit(core, charge, isPaid));
}

function settleDebit(core: Core, pending: Stripe.Charge, isPaid: boolean): Stripe.Charge {
  const { store } = core;
  const charge = store.charges.patch(
    pending.id,
    isPaid
      ? { status: 'succeeded', paid: true }
      : { status: 'failed', failure_code: 'insufficient_funds', failure_message: 'The debit was returned.' },
  );
  core.emit(isPaid ? 'charge.succeeded' : 'charge.failed', charge);
  const intent = idOf(charge.payment_intent as string);
  core.update(
    store.paymentIntents,
    intent,
    isPaid ? { status: 'succeeded', amount_received: charge.amount } : { status: 'requires_payment_method' },
    isPaid ? 'payment_intent.succeeded' : 'payment_intent.payment_failed',
  );
  const [payment] = store.invoicePayments.by('payment_intent', intent);
  const invoice = store.invoices.need(String(payment!.invoice));
  const subscription = subscriptionIdOf(invoice) ?? '';
  if (isPaid) markPaid(core, invoice.id!, charge.amount);
  else {
    core.emit('invoice.payment_failed', invoice);
    afterFailure(core, subscription, false);
  }
  const [session] = store.checkoutSessions.by('subscription', subscription);
  if (session?.payment_status === 'unpaid')
    core.emit(
      isPaid ? 'checkout.session.async_payment_succeeded' : 'checkout.session.async_payment_failed',
      isPaid ? store.checkoutSessions.patch(session.id, { payment_status: 'paid' }) : session,
    );
  return charge;
}
