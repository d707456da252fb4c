import type {
  Coupon,
  StripeAction,
  StripeActionName,
  StripeActionOf,
  StripeActionResponse,
} from '../../supabase/contracts/functions/stripe-action.ts';
import { notFound } from '../_shared/errors.ts';
import type { Staff } from '../_shared/staff.ts';
import Stripe from 'stripe';
import type { ActionStore, Dependencies, HeldSubscription, Target } from './types.ts';
import { alreadyCanceled, nothingToRetry, promotionCodeNotFound } from './errors.ts';
import { itemOf, itemOnPlan, previewPlan, priceOf, upcomingInvoice } from './previews.ts';

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
export function createActions({ stripe, store, customerUrl }: Dependencies) {
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
        return onSubscription(staff, target, (row) => retryPayment(stripe, store, staff, row, input));
      case 'preview_plan':
        return { preview: await previewPlan(stripe, running(target), input.plan) };
      case 'change_plan':
        return onSubscription(staff, target, (row) => changePlan(stripe, row, input));
      case 'list_coupons':
        return { coupons: await listCoupons(stripe) };
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
        const session = await stripe.billingPortal.sessions.create(
          { customer: target.subscription!.stripe_customer_id, return_url: customerUrl },
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

/** The subscription, its latest invoice and that invoice's charges: all an action can have touched. */
async function refresh(stripe: Stripe, store: ActionStore, staff: Staff, subscriptionId: string): Promise<void> {
  const { latest_invoice } = await stripe.subscriptions.retrieve(subscriptionId, {
    expand: ['latest_invoice.payments'],
  });
  const invoice = typeof latest_invoice === 'object' ? latest_invoice : null;
  const intents = (invoice?.payments?.data ?? []).flatMap(({ payment }) =>
    payment.payment_intent ? [String(payment.payment_intent)] : [],
  );
  const charges = await Promise.all(
    intents.map((payment_intent) => stripe.charges.list({ payment_intent, limit: 10 })),
  );
  await store.mirror(staff, [
    { kind: 'subscription', id: subscriptionId },
    ...(invoice?.id ? [{ kind: 'invoice' as const, id: invoice.id }] : []),
    ...charges.flatMap(({ data }) => data.map(({ id }) => ({ kind: 'charge' as const, id }))),
  ]);
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
  stripe: Stripe,
  store: ActionStore,
  staff: Staff,
  row: HeldSubscription,
  input: StripeActionOf<'retry_payment'>,
): Promise<void> {
  const open = await stripe.invoices.list({ subscription: row.stripe_subscription_id, status: 'open', limit: 1 });
  const [invoice] = open.data;
  if (!invoice) throw nothingToRetry();
  try {
    await stripe.invoices.pay(invoice.id!, {}, options(input));
  } catch (error) {
    // A refusal is news too: another failed attempt.
    if (error instanceof Stripe.errors.StripeCardError) await refresh(stripe, store, staff, row.stripe_subscription_id);
    throw error;
  }
}

async function changePlan(stripe: Stripe, row: HeldSubscription, input: StripeActionOf<'change_plan'>): Promise<void> {
  refuseEnded(row);
  const subscription = await stripe.subscriptions.retrieve(row.stripe_subscription_id);
  await stripe.subscriptions.update(
    row.stripe_subscription_id,
    {
      items: [await itemOnPlan(stripe, itemOf(subscription, row), input.plan)],
      proration_behavior: 'always_invoice',
      // A card that refuses leaves the plan as it was.
      payment_behavior: 'error_if_incomplete',
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
  // Always said: “all that is left” would be more than was shown when something came between.
  await stripe.refunds.create(
    { charge: payment.stripe_payment_id, reason: input.reason, amount: amount_cents! },
    options(input),
  );
  await store.mirror(staff, [{ kind: 'charge', id: payment.stripe_payment_id }]);
  return { payment: await store.paymentRow(staff, payment.id) };
}

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
    hwid: input.hwid ?? null,
    locale: input.locale,
  });
  const price = await priceOf(stripe, checkout.plan);
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
      ...(checkout.stripe_customer_id ? { customer: checkout.stripe_customer_id } : { customer_email: checkout.email }),
      ...(checkout.has_hwid ? {} : { custom_fields: [hwidField] }),
    },
    options(input),
  );
  if (!session.url) throw notFound('Stripe gave no address for the checkout');
  await store.noteCheckout(staff, checkout.id, session.id);
  return { url: session.url, expires_at: new Date(session.expires_at * 1000).toISOString() };
}
