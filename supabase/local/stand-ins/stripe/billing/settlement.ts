import type Stripe from 'stripe';
import { type Core, idOf } from '../core.ts';
import { errors, type StripeFailure } from '../errors.ts';
import { subscriptionIdOf } from '../store.ts';
import { attempt } from './payments.ts';
import { applyPending, dropPending, isOfPending } from './pending-updates.ts';

const retryDays = [3, 5, 7];

export function markPaid(core: Core, invoiceId: string, amount: number, isFirst = false): Stripe.Invoice {
  const invoice = core.store.invoices.need(invoiceId);
  const now = core.nowOf(idOf(invoice.customer as string));
  core.update(core.store.invoices, invoiceId, {
    status: 'paid',
    amount_paid: amount,
    amount_remaining: 0,
    attempted: true,
    auto_advance: false,
    next_payment_attempt: null,
    status_transitions: { ...invoice.status_transitions, paid_at: now },
  });
  for (const payment of core.store.invoicePayments.by('invoice', invoiceId)) {
    if (payment.status === 'open')
      core.update(
        core.store.invoicePayments,
        payment.id,
        { status: 'paid', amount_paid: amount, status_transitions: { ...payment.status_transitions, paid_at: now } },
        'invoice_payment.paid',
      );
  }
  const paid = core.store.invoices.need(invoiceId);
  core.emit('invoice.paid', paid);
  core.emit('invoice.payment_succeeded', paid);
  if (!isFirst) applyPending(core, paid);
  afterPayment(core, paid);
  return paid;
}

/** A paid invoice brings a subscription that waited for it back, unless another one is still owed. */
function afterPayment(core: Core, invoice: Stripe.Invoice): void {
  const subscription = core.store.subscriptions.get(subscriptionIdOf(invoice) ?? '');
  if (!subscription || !['incomplete', 'past_due', 'unpaid'].includes(subscription.status)) return;
  const owes = core.store.invoices
    .by('subscription', subscription.id)
    .some(({ status, attempt_count }) => status === 'open' && attempt_count > 0);
  if (!owes)
    core.update(core.store.subscriptions, subscription.id, { status: 'active' }, 'customer.subscription.updated');
}

export function methodOf(core: Core, subscription: Stripe.Subscription): Stripe.PaymentMethod | null {
  const customer = core.store.customers.need(idOf(subscription.customer));
  const id = subscription.default_payment_method ?? customer.invoice_settings.default_payment_method;
  return id ? (core.store.paymentMethods.get(idOf(id as string)) ?? null) : null;
}

/** A debit takes days: meanwhile its invoice is neither paid again nor given up. */
function refuseWhileProcessing(core: Core, invoiceId: string): void {
  const intents = core.store.invoicePayments
    .by('invoice', invoiceId)
    .map(({ payment }) => core.store.paymentIntents.get(String(payment.payment_intent)));
  if (intents.some((intent) => intent?.status === 'processing'))
    throw errors.invalid(
      'This invoice has a payment that is processing, and cannot be changed before it is done.',
      undefined,
      'payment_intent_unexpected_state',
    );
}

/** Tries to collect an open invoice: null when paid, else why not. The attempt stands either way. */
export function collect(
  core: Core,
  invoiceId: string,
  options: { confirms?: boolean | undefined; method?: Stripe.PaymentMethod; isFirst?: boolean } = {},
): StripeFailure | null {
  const invoice = core.store.invoices.need(invoiceId);
  if (invoice.status === 'paid') throw errors.invalid('Invoice is already paid', undefined, 'invoice_already_paid');
  if (invoice.status !== 'open' && invoice.status !== 'uncollectible')
    throw errors.invalid(
      `This invoice can no longer be paid: it is ${invoice.status}.`,
      undefined,
      'invoice_not_payable',
    );
  refuseWhileProcessing(core, invoiceId);
  const subscription = core.store.subscriptions.need(subscriptionIdOf(invoice) ?? '');
  const [payment] = core.store.invoicePayments.by('invoice', invoiceId);
  const { failure, needsAction, isPending } = attempt(
    core,
    payment?.payment.payment_intent as string,
    options.method ?? methodOf(core, subscription),
    options,
  );
  const attemptCount = invoice.attempt_count + 1;
  const attempted = { attempt_count: attemptCount, attempted: true };
  if (isPending) {
    core.update(core.store.invoices, invoiceId, { ...attempted, next_payment_attempt: null }, 'invoice.updated');
    if (subscription.status === 'incomplete')
      core.update(core.store.subscriptions, subscription.id, { status: 'active' }, 'customer.subscription.updated');
    return null;
  }
  core.update(core.store.invoices, invoiceId, attempted);
  if (!failure) {
    markPaid(core, invoiceId, invoice.amount_due, options.isFirst);
    return null;
  }
  const days = retryDays[attemptCount - 1];
  const ofChange = isOfPending(core, invoice);
  const isCycle = invoice.billing_reason !== 'subscription_create' && invoice.status === 'open' && !ofChange;
  core.update(core.store.invoices, invoiceId, {
    next_payment_attempt:
      isCycle && days !== undefined ? core.nowOf(idOf(invoice.customer as string)) + days * 86_400 : null,
  });
  const failed = core.store.invoices.need(invoiceId);
  if (needsAction) core.emit('invoice.payment_action_required', failed);
  core.emit('invoice.payment_failed', failed);
  // Without the change all goes on as before.
  if (!ofChange) afterFailure(core, subscription.id, isCycle && days === undefined);
  return failure;
}

export function afterFailure(core: Core, subscriptionId: string, isLastAttempt: boolean): void {
  const subscription = core.store.subscriptions.need(subscriptionId);
  if (
    subscription.status === 'canceled' ||
    subscription.status === 'incomplete_expired' ||
    subscription.status === 'incomplete'
  )
    return;
  const now = core.nowOf(idOf(subscription.customer));
  const then = isLastAttempt ? core.store.settings.afterRetries : 'past_due';
  if (then === 'canceled') {
    const ended = core.store.subscriptions.patch(subscriptionId, {
      status: 'canceled',
      canceled_at: subscription.canceled_at ?? now,
      ended_at: now,
      cancellation_details: { comment: null, feedback: null, feedback_option: null, reason: 'payment_failed' },
    });
    core.emit('customer.subscription.deleted', ended);
    return;
  }
  if (subscription.status !== 'unpaid')
    core.update(core.store.subscriptions, subscriptionId, { status: then }, 'customer.subscription.updated');
}

export function voidInvoice(core: Core, invoiceId: string): Stripe.Invoice {
  const invoice = core.store.invoices.need(invoiceId);
  if (invoice.status !== 'open' && invoice.status !== 'uncollectible')
    throw errors.invalid(
      `You can only pass in open or uncollectible invoices. This invoice isn't: it is ${invoice.status}.`,
      undefined,
      'invoice_not_editable',
    );
  refuseWhileProcessing(core, invoiceId);
  const now = core.nowOf(idOf(invoice.customer as string));
  core.update(core.store.invoices, invoiceId, {
    status: 'void',
    auto_advance: false,
    next_payment_attempt: null,
    status_transitions: { ...invoice.status_transitions, voided_at: now },
  });
  const voided = core.store.invoices.need(invoiceId);
  core.emit('invoice.voided', voided);
  dropPending(core, voided);
  afterPayment(core, voided);
  return voided;
}

export function markUncollectible(core: Core, invoiceId: string): Stripe.Invoice {
  const invoice = core.store.invoices.need(invoiceId);
  if (invoice.status !== 'open')
    throw errors.invalid(
      `You can only mark open invoices as uncollectible. This invoice is ${invoice.status}.`,
      undefined,
      'invoice_not_editable',
    );
  refuseWhileProcessing(core, invoiceId);
  const now = core.nowOf(idOf(invoice.customer as string));
  core.update(
    core.store.invoices,
    invoiceId,
    {
      status: 'uncollectible',
      auto_advance: false,
      next_payment_attempt: null,
      status_transitions: { ...invoice.status_transitions, marked_uncollectible_at: now },
    },
    'invoice.marked_uncollectible',
  );
  return core.store.invoices.need(invoiceId);
}
