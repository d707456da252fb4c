import type {
  Coupon,
  StripeAction,
  StripeActionName,
  StripeActionOf,
  StripeActionResponse,
} from '../../supabase/contracts/functions/stripe-action.ts';
import { minorDigits } from '../../supabase/contracts/constants/currencies.ts';
import { notFound } from '../_shared/errors.ts';
import type { Staff } from '../_shared/staff.ts';
import { findPortal } from '../_shared/stripe-portal.ts';
import Stripe from 'stripe';
import type { ActionStore, Dependencies, HeldSubscription, PreparedCheckout, Target } from './types.ts';
import { alreadyCanceled, amountTooFine, promotionCodeNotFound } from './errors.ts';
import { previewPlan, upcomingInvoice } from './previews.ts';
import { itemOf, itemOnPlan, listPrices, priceOf } from './prices.ts';
import { refresh } from './refresh.ts';
import { payOpenInvoices } from './retry.ts';

/** What is done for a person; a revocation is made of these. */
export type PlainAction = Exclude<StripeAction, { action: 'revoke_license' | 'revocation_mail' }>;
export type Act = ReturnType<typeof createActions>;

const options = (input: { action: string; request_id: string }) => ({
  idempotencyKey: `wa-${input.action}-${input.request_id}`,
});
const hwidField: Stripe.Checkout.SessionCreateParams.CustomField = {
  key: 'hwid',
  type: 'text',
  optional: false,
  label: { type: 'custom', custom: 'Hardware ID (HWID)' },
  text: { minimum_length: 4, maximum_length: 200 },
};

/** What each action asks of Stripe. Whoever calls has checked the permission and audits. */
export function createActions(dependencies: Dependencies) {
  const { stripe, store, customerUrl } = dependencies;
  return async (staff: Staff, input: PlainAction, target: Target): Promise<StripeActionResponse<StripeActionName>> => {
    switch (input.action) {
      case 'cancel':
        return onSubscription(staff, target, (row) => cancel(stripe, row, input));
      case 'undo_cancel':
        return onSubscription(staff, target, async (row) => {
          refuseEnded(row);
          // Stripe takes one of the two a time; a date set by hand is taken away by the empty string.
          await stripe.subscriptions.update(
            row.stripe_subscription_id,
            row['cancel_at_period_end'] ? { cancel_at_period_end: false } : { cancel_at: '' },
            options(input),
          );
        });
      case 'retry_payment':
        return retryPayment(dependencies, staff, target.subscription!, input);
      case 'preview_plan':
        return { preview: await previewPlan(stripe, running(target), input.plan, input.rhythm) };
      case 'change_plan':
        return onSubscription(staff, target, (row) => changePlan(stripe, row, input));
      case 'list_coupons':
        return { coupons: await listCoupons(stripe) };
      case 'list_prices':
        return { prices: await listPrices(stripe) };
      case 'apply_coupon':
        return onSubscription(staff, target, async (row) => {
          refuseEnded(row);
          const discount = input.coupon_id
            ? { coupon: input.coupon_id }
            : { promotion_code: await promotionCode(stripe, input.promotion_code!) };
          await stripe.subscriptions.update(row.stripe_subscription_id, { discounts: [discount] }, options(input));
        });
      case 'remove_coupon':
        return onSubscription(staff, target, async (row) => {
          refuseEnded(row);
          await stripe.subscriptions.update(row.stripe_subscription_id, { discounts: '' }, options(input));
        });
      case 'refund':
        return refund(stripe, store, staff, target, input);
      case 'portal_link': {
        const portal = await findPortal(stripe);
        const session = await stripe.billingPortal.sessions.create(
          {
            customer: target.subscription!.stripe_customer_id,
            return_url: customerUrl,
            ...(portal ? { configuration: portal.id } : {}),
          },
          options(input),
        );
        await store.notePortal(staff, target.subscription!.id);
        return { url: session.url };
      }
      case 'checkout_link':
        return checkoutLink(stripe, store, staff, customerUrl, input);
      case 'upcoming_invoice':
        return { invoice: await upcomingInvoice(stripe, target.subscription!) };
    }
  };

  async function onSubscription(
    staff: Staff,
    target: Target,
    act: (row: HeldSubscription) => Promise<unknown>,
  ): Promise<StripeActionResponse<'cancel'>> {
    const row = target.subscription!;
    await act(row);
    await refresh(stripe, store, staff, row.stripe_subscription_id);
    return { subscription: await store.subscriptionRow(staff, row.id) };
  }
}

const hasEnded = ({ status }: HeldSubscription) => status === 'canceled' || status === 'incomplete_expired';

function refuseEnded(row: HeldSubscription): void {
  if (hasEnded(row)) throw alreadyCanceled();
}

function running({ subscription }: Target): HeldSubscription {
  refuseEnded(subscription!);
  return subscription!;
}

async function cancel(
  stripe: Stripe,
  row: HeldSubscription,
  input: Omit<StripeActionOf<'cancel'>, 'seen'>,
): Promise<void> {
  refuseEnded(row);
  const details = input.reason ? { cancellation_details: { comment: input.reason } } : {};
  if (input.when === 'now') await stripe.subscriptions.cancel(row.stripe_subscription_id, details, options(input));
  else
    await stripe.subscriptions.update(
      row.stripe_subscription_id,
      { cancel_at_period_end: true, ...details },
      options(input),
    );
}

async function retryPayment(
  { stripe, store }: Dependencies,
  staff: Staff,
  row: HeldSubscription,
  input: StripeActionOf<'retry_payment'>,
): Promise<StripeActionResponse<'retry_payment'>> {
  const attempts = await payOpenInvoices(stripe, row.stripe_subscription_id, options(input).idempotencyKey);
  const invoices = attempts.map(({ told }) => told);
  // A refusal is news too: another failed attempt.
  await refresh(
    stripe,
    store,
    staff,
    row.stripe_subscription_id,
    invoices.map((one) => one.stripe_invoice_id),
  );
  const [only] = attempts;
  if (attempts.length === 1 && only!.refusal) throw only!.refusal;
  return { subscription: await store.subscriptionRow(staff, row.id), invoices };
}

/** Bank debits have no change that waits for its payment. */
const isDebit = (method: string | Stripe.PaymentMethod | null | undefined) =>
  typeof method === 'object' && method !== null && /_debit$|^us_bank_account$|^customer_balance$/.test(method.type);

async function changePlan(stripe: Stripe, row: HeldSubscription, input: StripeActionOf<'change_plan'>): Promise<void> {
  refuseEnded(row);
  const subscription = await stripe.subscriptions.retrieve(row.stripe_subscription_id, {
    expand: ['default_payment_method', 'customer.invoice_settings.default_payment_method'],
  });
  const customer = subscription.customer as Stripe.Customer;
  const method = subscription.default_payment_method ?? customer.invoice_settings.default_payment_method;
  const item = await itemOnPlan(stripe, itemOf(subscription, row), input.plan, input.rhythm);
  await stripe.subscriptions.update(
    row.stripe_subscription_id,
    // With a change that may wait for its payment Stripe takes these alone.
    {
      items: [item],
      proration_behavior: 'always_invoice',
      ...(subscription.collection_method === 'send_invoice'
        ? {}
        : { payment_behavior: isDebit(method) ? 'error_if_incomplete' : 'pending_if_incomplete' }),
      ...(input.proration_date ? { proration_date: input.proration_date } : {}),
    },
    options(input),
  );
}

async function listCoupons(stripe: Stripe): Promise<Coupon[]> {
  const { data } = await stripe.coupons.list({ limit: 100 });
  return data
    .filter(({ valid }) => valid)
    .map(({ id, name, percent_off, amount_off, currency, duration, duration_in_months }) => ({
      id,
      name,
      percent_off,
      amount_off_cents: amount_off,
      currency: currency?.toUpperCase() ?? null,
      // Stripe's SDK leaves room for durations to come; the three there are are those it sells.
      duration: duration as Coupon['duration'],
      duration_in_months,
    }));
}

async function promotionCode(stripe: Stripe, code: string): Promise<string> {
  const { data } = await stripe.promotionCodes.list({ code, active: true, limit: 1 });
  if (!data[0]) throw promotionCodeNotFound(code);
  return data[0].id;
}

async function refund(
  stripe: Stripe,
  store: ActionStore,
  staff: Staff,
  { payment: found, amount_cents }: Target,
  input: Pick<StripeActionOf<'refund'>, 'action' | 'request_id' | 'reason'>,
): Promise<StripeActionResponse<'refund'>> {
  const payment = found!;
  // Stripe's partners know two decimals: https://docs.stripe.com/currencies#three-decimal
  if (minorDigits(payment.currency) === 3 && amount_cents! % 10 !== 0)
    throw amountTooFine(amount_cents!, payment.currency);
  // Always said: “all that is left” would be more than was shown when something came between.
  await stripe.refunds.create(
    { charge: payment.stripe_payment_id, reason: input.reason, amount: amount_cents! },
    options(input),
  );
  await store.mirror(staff, [{ kind: 'charge', id: payment.stripe_payment_id }]);
  return { payment: await store.paymentRow(staff, payment.id) };
}

/** What the settings say of taxes; what a known customer enters is kept, or Stripe refuses to ask for it. */
const taxParameters = (checkout: PreparedCheckout): Partial<Stripe.Checkout.SessionCreateParams> => ({
  ...(checkout.automatic_tax ? { automatic_tax: { enabled: true } } : {}),
  ...(checkout.tax_ids ? { tax_id_collection: { enabled: true } } : {}),
  ...(checkout.billing_address ? { billing_address_collection: 'required' } : {}),
  ...(checkout.stripe_customer_id && (checkout.automatic_tax || checkout.tax_ids || checkout.billing_address)
    ? { customer_update: { address: 'auto', name: 'auto' } }
    : {}),
});

async function checkoutLink(
  stripe: Stripe,
  store: ActionStore,
  staff: Staff,
  customerUrl: string,
  input: StripeActionOf<'checkout_link'>,
): Promise<StripeActionResponse<'checkout_link'>> {
  const checkout = await store.prepareCheckout(staff, {
    id: input.request_id,
    email: input.email,
    plan: input.plan,
    rhythm: input.rhythm ?? 'month',
    hwid: input.hwid ?? null,
    locale: input.locale,
  });
  const price = await priceOf(stripe, checkout.plan, { interval: checkout.rhythm, interval_count: 1 });
  const session = await stripe.checkout.sessions.create(
    {
      mode: 'subscription',
      client_reference_id: checkout.id,
      line_items: [{ price: price.id, quantity: 1 }],
      locale: input.locale,
      allow_promotion_codes: true,
      subscription_data: { metadata: { checkout_id: checkout.id } },
      success_url: customerUrl,
      cancel_url: customerUrl,
      ...taxParameters(checkout),
      ...(checkout.stripe_customer_id ? { customer: checkout.stripe_customer_id } : { customer_email: checkout.email }),
      ...(checkout.has_hwid ? {} : { custom_fields: [hwidField] }),
    },
    options(input),
  );
  if (!session.url) throw notFound('Stripe gave no address for the checkout');
  await store.noteCheckout(staff, checkout.id, session.id);
  return { url: session.url, expires_at: new Date(session.expires_at * 1000).toISOString() };
}
