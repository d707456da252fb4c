import type Stripe from 'stripe';
import { type Core, idOf } from '../core.ts';
import { errors } from '../errors.ts';
import { cardError, createCard, createDebit, type DebitType, findTestCard } from '../objects/cards.ts';
import { newCustomer, setDefaultPaymentMethod } from '../objects/customers.ts';
import { redemption } from './discounts.ts';
import { createSubscription } from './subscriptions.ts';

export interface CheckoutEntry {
  card: string;
  email?: string | undefined;
  customFields?: Record<string, string> | undefined;
  /** By debit: whether it is paid is said later, by `settleDebits`. */
  delays?: boolean | DebitType;
  /** Whether he does what his bank asks of him on the page; he does unless he is said not to. */
  confirms?: boolean;
  promotionCode?: string | undefined;
  /** Where he is, as he says when he is asked. */
  country?: string | undefined;
  /** VAT number of his company. */
  taxId?: string | undefined;
}

const noAddress = { city: null, line1: null, line2: null, postal_code: null, state: null };

/** What the customer does on the hosted page. A refused card leaves the session open. */
export function completeCheckout(core: Core, sessionId: string, entry: CheckoutEntry): Stripe.Checkout.Session {
  const session = core.store.checkoutSessions.need(sessionId);
  if (session.status !== 'open')
    throw errors.invalid(`This Checkout Session is ${session.status}.`, undefined, 'checkout_session_not_open');
  const plan = core.store.checkoutPlans.need(sessionId);
  const card = findTestCard(entry.card);
  if (!card) throw errors.invalid('Your card number is incorrect.', 'number', 'incorrect_number');
  for (const field of session.custom_fields) {
    const value = entry.customFields?.[field.key]?.trim() ?? '';
    if (!field.optional && value === '')
      throw errors.invalid(`${field.label.custom ?? field.key}: required`, `custom_fields[${field.key}]`);
    if (
      value &&
      (value.length < (field.text?.minimum_length ?? 0) || value.length > (field.text?.maximum_length ?? 255))
    )
      throw errors.invalid(`${field.label.custom ?? field.key}: wrong length`, `custom_fields[${field.key}]`);
  }
  const email = session.customer_details?.email ?? session.customer_email ?? entry.email;
  if (!session.customer && !email) throw errors.required('email');
  if (card.isRefusedAtOnce && card.decline) throw cardError(card.decline);
  const customer = session.customer
    ? core.store.customers.need(idOf(session.customer))
    : core.store.customers.put(
        newCustomer(core, { email: email ?? null, preferred_locales: session.locale ? [session.locale] : [] }),
      );
  if (!session.customer) core.emit('customer.created', customer);
  if (session.billing_address_collection === 'required' || session.automatic_tax.enabled)
    core.update(
      core.store.customers,
      customer.id,
      { address: { ...noAddress, country: entry.country ?? 'FR' } },
      'customer.updated',
    );
  if (session.tax_id_collection?.enabled && entry.taxId)
    core.store.taxIds.put({ id: customer.id, values: [{ type: 'eu_vat', value: entry.taxId }] });
  const method = entry.delays
    ? createDebit(core, entry.delays === true ? 'sepa_debit' : entry.delays, customer.id)
    : createCard(core, card, { customer: customer.id, email: customer.email });
  core.emit('payment_method.attached', method);
  setDefaultPaymentMethod(core, customer.id, method.id);
  const now = core.nowOf(customer.id);
  const code = entry.promotionCode
    ? core.store.promotionCodes.by('code', entry.promotionCode.toLowerCase())[0]?.id
    : plan.promotionCode;
  if (entry.promotionCode && !code) throw errors.invalid('This promotion code is invalid.', 'promotion_code');
  const discounts = code
    ? [redemption(core, { promotionCode: code, customer: customer.id, param: 'promotion_code' })]
    : plan.coupon
      ? [redemption(core, { coupon: plan.coupon, customer: customer.id, param: 'coupon' })]
      : [];
  const subscription = createSubscription(core, {
    customer: customer.id,
    items: plan.items.map(({ price, quantity }) => ({ price: core.store.prices.need(price), quantity })),
    metadata: plan.metadata,
    description: plan.description,
    defaultPaymentMethod: method.id,
    trialEnd: plan.trialEnd ?? (plan.trialDays ? now + plan.trialDays * 86_400 : null),
    discounts,
    paymentBehavior: 'error_if_incomplete',
    automaticTax: session.automatic_tax.enabled,
    confirms: entry.confirms ?? true,
  });
  const invoice = core.store.invoices.need(idOf(subscription.latest_invoice as string));
  const done = core.store.checkoutSessions.patch(sessionId, {
    status: 'complete',
    payment_status:
      invoice.status === 'open'
        ? 'unpaid'
        : subscription.status === 'trialing' || invoice.amount_paid === 0
          ? 'no_payment_required'
          : 'paid',
    customer: customer.id,
    subscription: subscription.id,
    invoice: invoice.id!,
    url: null,
    amount_total: invoice.total,
    amount_subtotal: invoice.subtotal,
    total_details: {
      amount_discount: (invoice.total_discount_amounts ?? []).reduce((sum, { amount }) => sum + amount, 0),
      amount_shipping: 0,
      amount_tax: (invoice.total_taxes ?? []).reduce((sum, { amount }) => sum + amount, 0),
    },
    automatic_tax: { ...session.automatic_tax, status: session.automatic_tax.enabled ? 'complete' : null },
    customer_details: {
      address: core.store.customers.need(customer.id).address ?? null,
      business_name: null,
      email: customer.email,
      individual_name: null,
      name: customer.name ?? null,
      phone: null,
      tax_exempt: 'none',
      tax_ids: core.store.taxIds.get(customer.id)?.values ?? [],
    } as unknown as Stripe.Checkout.Session.CustomerDetails,
    custom_fields: session.custom_fields.map((field) => ({
      ...field,
      text: { ...field.text!, value: entry.customFields?.[field.key]?.trim() ?? null },
    })),
  });
  core.emit('checkout.session.completed', done);
  return done;
}
