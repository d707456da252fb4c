import type Stripe from 'stripe';
import { type Core, hour, idOf, listOf } from '../core.ts';
import { errors, type StripeFailure } from '../errors.ts';
import { productName } from '../objects/catalogue.ts';
import { subscriptionIdOf } from '../store.ts';
import { activeDiscounts, couponOf, shareDiscounts, tellRemoved } from './discounts.ts';
import { attempt, newPaymentIntent } from './payments.ts';

export interface Line {
  amount: number;
  description: string;
  price: Stripe.Price;
  quantity: number;
  period: { start: number; end: number };
  proration: boolean;
  discountable: boolean;
  item: string;
}

export type BillingReason = 'subscription_create' | 'subscription_cycle' | 'subscription_update' | 'upcoming';

const retryDays = [3, 5, 7];

export function renewalLine(core: Core, item: Stripe.SubscriptionItem, period: Line['period'], isTrial = false): Line {
  const { price } = item;
  const quantity = item.quantity ?? 1;
  const each = `€${((price.unit_amount ?? 0) / 100).toFixed(2)} / ${price.recurring?.interval ?? 'month'}`;
  return {
    amount: isTrial ? 0 : (price.unit_amount ?? 0) * quantity,
    description: isTrial
      ? `Trial period for ${productName(core, price)}`
      : `${quantity} × ${productName(core, price)} (at ${each})`,
    price,
    quantity,
    period,
    proration: false,
    discountable: true,
    item: item.id,
  };
}

/** An invoice as it would be, stored nowhere. */
export function draft(
  core: Core,
  subscription: Stripe.Subscription,
  lines: Line[],
  billingReason: BillingReason,
): Stripe.Invoice {
  const customer = core.store.customers.need(idOf(subscription.customer));
  const now = core.nowOf(customer.id);
  const discounts = activeDiscounts(core, subscription, now);
  const shares = shareDiscounts(core, lines, discounts);
  const subtotal = lines.reduce((sum, { amount }) => sum + amount, 0);
  const off = new Map<string, number>();
  for (const share of shares.flat()) off.set(share.discount, (off.get(share.discount) ?? 0) + share.amount);
  const total = subtotal - [...off.values()].reduce((sum, amount) => sum + amount, 0);
  // A credit lies on the balance as a negative number and lowers what is due; a negative total becomes one.
  const startingBalance = customer.balance;
  const amountDue = Math.max(0, total + Math.min(0, startingBalance) * (total > 0 ? 1 : 0));
  const id = billingReason === 'upcoming' ? `upcoming_in_${core.store.random.text(24)}` : core.id('in');
  return {
    id,
    object: 'invoice',
    account_country: 'FR',
    account_name: 'WhatAutosys',
    account_tax_ids: null,
    amount_due: amountDue,
    amount_overpaid: 0,
    amount_paid: 0,
    amount_remaining: amountDue,
    amount_shipping: 0,
    application: null,
    attempt_count: 0,
    attempted: false,
    auto_advance: true,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null, provider: null, status: null },
    automatically_finalizes_at: billingReason === 'subscription_cycle' ? now + hour : null,
    billing_reason: billingReason,
    collection_method: 'charge_automatically',
    created: now,
    currency: 'eur',
    custom_fields: null,
    customer: customer.id,
    customer_account: null,
    customer_address: null,
    customer_email: customer.email,
    customer_name: customer.name ?? null,
    customer_phone: null,
    customer_shipping: null,
    customer_tax_exempt: 'none',
    customer_tax_ids: [],
    default_payment_method: null,
    default_source: null,
    default_tax_rates: [],
    description: null,
    discounts: discounts.map((discount) => discount.id),
    due_date: null,
    effective_at: null,
    ending_balance: null,
    footer: null,
    from_invoice: null,
    hosted_invoice_url: null,
    invoice_pdf: null,
    issuer: { type: 'self' },
    last_finalization_error: null,
    latest_revision: null,
    lines: listOf(
      lines.map((line, index) => invoiceLine(core, id, subscription.id, line, shares[index] ?? [])),
      `/v1/invoices/${id}/lines`,
    ),
    livemode: false,
    metadata: {},
    next_payment_attempt: billingReason === 'subscription_cycle' ? now + hour : null,
    number: null,
    on_behalf_of: null,
    parent: {
      quote_details: null,
      subscription_details: { metadata: subscription.metadata, subscription: subscription.id },
      type: 'subscription_details',
    },
    payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
    period_end: now,
    period_start: now,
    post_payment_credit_notes_amount: 0,
    pre_payment_credit_notes_amount: 0,
    receipt_number: null,
    rendering: null,
    shipping_cost: null,
    shipping_details: null,
    starting_balance: startingBalance,
    statement_descriptor: null,
    status: 'draft',
    status_transitions: { finalized_at: null, marked_uncollectible_at: null, paid_at: null, voided_at: null },
    subtotal,
    subtotal_excluding_tax: subtotal,
    test_clock: customer.test_clock,
    total,
    total_discount_amounts: [...off].map(([discount, amount]) => ({ amount, discount })),
    total_excluding_tax: total,
    total_pretax_credit_amounts: [],
    total_taxes: [],
    webhooks_delivered_at: now,
  } as unknown as Stripe.Invoice;
}

function invoiceLine(
  core: Core,
  invoice: string,
  subscription: string,
  line: Line,
  shares: { amount: number; discount: string }[],
): Stripe.InvoiceLineItem {
  return {
    id: core.id('il'),
    object: 'line_item',
    amount: line.amount,
    currency: 'eur',
    description: line.description,
    discount_amounts: shares,
    discountable: line.discountable,
    discounts: shares.map(({ discount }) => discount),
    invoice,
    livemode: false,
    metadata: {},
    parent: {
      invoice_item_details: null,
      type: 'subscription_item_details',
      subscription_item_details: {
        invoice_item: line.proration ? core.id('ii') : null,
        proration: line.proration,
        proration_details: { credited_items: null },
        subscription,
        subscription_item: line.item,
      },
    },
    period: line.period,
    pretax_credit_amounts: [],
    pricing: {
      price_details: { price: line.price.id, product: line.price.product },
      type: 'price_details',
      unit_amount_decimal: String(line.price.unit_amount ?? 0),
    },
    quantity: line.quantity,
    subscription,
    subtotal: line.amount,
    taxes: [],
  } as unknown as Stripe.InvoiceLineItem;
}

/** Makes the invoice of a subscription. A cycle's stays a draft for an hour, as Stripe's does; others are finalized at once. */
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
  const number = `WA-${String(settings.invoiceNumber + 1).padStart(6, '0')}`;
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

export function markPaid(core: Core, invoiceId: string, amount: number): Stripe.Invoice {
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

/** Tries to collect an open invoice: null when paid, else why not. The attempt stands either way. */
export function collect(
  core: Core,
  invoiceId: string,
  options: { onSession?: boolean; method?: Stripe.PaymentMethod } = {},
): StripeFailure | null {
  const invoice = core.store.invoices.need(invoiceId);
  if (invoice.status === 'paid') throw errors.invalid('Invoice is already paid', undefined, 'invoice_already_paid');
  if (invoice.status !== 'open' && invoice.status !== 'uncollectible')
    throw errors.invalid(
      `This invoice can no longer be paid: it is ${invoice.status}.`,
      undefined,
      'invoice_not_payable',
    );
  const subscription = core.store.subscriptions.need(subscriptionIdOf(invoice) ?? '');
  const [payment] = core.store.invoicePayments.by('invoice', invoiceId);
  const { failure, needsAction } = attempt(
    core,
    payment?.payment.payment_intent as string,
    options.method ?? methodOf(core, subscription),
    options,
  );
  const attemptCount = invoice.attempt_count + 1;
  core.update(core.store.invoices, invoiceId, { attempt_count: attemptCount, attempted: true });
  if (!failure) {
    markPaid(core, invoiceId, invoice.amount_due);
    return null;
  }
  const days = retryDays[attemptCount - 1];
  const isCycle = invoice.billing_reason !== 'subscription_create' && invoice.status === 'open';
  core.update(core.store.invoices, invoiceId, {
    next_payment_attempt:
      isCycle && days !== undefined ? core.nowOf(idOf(invoice.customer as string)) + days * 86_400 : null,
  });
  const failed = core.store.invoices.need(invoiceId);
  if (needsAction) core.emit('invoice.payment_action_required', failed);
  core.emit('invoice.payment_failed', failed);
  afterFailure(core, subscription.id, isCycle && days === undefined);
  return failure;
}

function afterFailure(core: Core, subscriptionId: string, isLastAttempt: boolean): void {
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
  const now = core.nowOf(idOf(invoice.customer as string));
  core.update(core.store.invoices, invoiceId, {
    status: 'void',
    auto_advance: false,
    next_payment_attempt: null,
    status_transitions: { ...invoice.status_transitions, voided_at: now },
  });
  const voided = core.store.invoices.need(invoiceId);
  core.emit('invoice.voided', voided);
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
