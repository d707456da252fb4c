import Stripe from 'stripe';
import { eventVersions } from '@whatautosys/local/stand-ins/stripe';
import { planItem } from './oracle.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

const plans = ['starter', 'premium', 'enterprise'] as const;

/** What can happen at Stripe, and how often beside the others. */
export const weights = {
  buy: 8,
  renew: 18,
  changePlan: 8,
  cancelAtEnd: 5,
  keep: 5,
  cancelNow: 3,
  applyCoupon: 5,
  removeCoupon: 3,
  failNext: 6,
  failAlways: 3,
  succeedAgain: 4,
  payInvoice: 5,
  giveUpInvoice: 2,
  refund: 5,
  dispute: 2,
  changeCard: 2,
  deleteCustomer: 1,
  rename: 2,
  pause: 2,
  /** An account's events keep the version of the day: it changes when somebody upgrades. */
  upgradeAccount: 5,
};
export type Operation = keyof typeof weights;

/** Does what a step says; whom it happens to is the luck of the step. Refusals by Stripe are part of life. */
export function createOperations(world: World, random: Random) {
  const {
    stripe,
    standIn: { control },
  } = world;
  let serial = 0;
  const price = async (plan: string) =>
    (await stripe.prices.list({ lookup_keys: [`${plan}_month`], limit: 1 })).data[0]!.id;
  const subscriptions = async () => (await stripe.subscriptions.list({ status: 'all', limit: 100 })).data;
  const oneRunning = async () => {
    const all = (await subscriptions()).filter(({ status }) => !['canceled', 'incomplete_expired'].includes(status));
    return all.length > 0 ? random.pick(all) : null;
  };
  const coupons = new Map<string, string>();
  const coupon = async (kind: 'once' | 'repeating' | 'forever') => {
    if (!coupons.has(kind)) {
      const made = await stripe.coupons.create({
        duration: kind,
        ...(kind === 'repeating' ? { duration_in_months: 3 } : {}),
        ...(kind === 'once' ? { amount_off: 500, currency: 'eur' } : { percent_off: 25 }),
        name: `Coupon ${kind}`,
      });
      coupons.set(kind, made.id);
    }
    return coupons.get(kind)!;
  };
  let hotline: string | undefined;
  /** Something that is billed beside the plan, and names none. */
  const addOn = async () => {
    hotline ??= (
      await stripe.prices.create({
        product: (await stripe.products.create({ name: 'Hotline' })).id,
        currency: 'eur',
        unit_amount: 1200,
        recurring: { interval: 'month' },
      })
    ).id;
    return hotline;
  };
  const customerOf = (subscription: Stripe.Subscription) => String(subscription.customer);

  const buy = async () => {
    serial += 1;
    const session = await stripe.checkout.sessions.create({
      mode: 'subscription',
      line_items: [
        ...(random.chance(0.2) ? [{ price: await addOn(), quantity: 1 }] : []),
        { price: await price(random.pick(plans)), quantity: random.chance(0.2) ? 3 : 1 },
      ],
      success_url: 'https://shop.test',
      custom_fields: [{ key: 'hwid', type: 'text', label: { type: 'custom', custom: 'HWID' } }],
      ...(random.chance(0.2) ? { subscription_data: { trial_period_days: 7 } } : {}),
    });
    await control.completeCheckout(session.id, {
      card: '4242424242424242',
      email: `buyer${serial}@example.com`,
      customFields: { hwid: `HWID-HISTORY-${serial}` },
    });
  };
  const running = (act: (subscription: Stripe.Subscription) => unknown) => async () => {
    const subscription = await oneRunning();
    if (subscription) await act(subscription);
  };
  const openInvoice = (act: (id: string) => Promise<unknown>) => async () => {
    const { data } = await stripe.invoices.list({ status: 'open', limit: 100 });
    if (data.length > 0) await act(random.pick(data).id!);
  };
  const charge = (which: (charge: Stripe.Charge) => boolean, act: (charge: Stripe.Charge) => unknown) => async () => {
    const data = (await stripe.charges.list({ limit: 100 })).data.filter(
      (one) => one.status === 'succeeded' && which(one),
    );
    if (data.length > 0) await act(random.pick(data));
  };

  const operations: Record<Operation, () => Promise<unknown>> = {
    buy,
    renew: running((one) =>
      control.advanceCustomer(customerOf(one), random.chance(0.5) ? 'next_invoice' : { days: random.int(1, 20) }),
    ),
    changePlan: running(async (one) =>
      stripe.subscriptions.update(one.id, {
        items: [{ id: planItem(one).id, price: await price(random.pick(plans)), quantity: planItem(one).quantity! }],
        proration_behavior: 'always_invoice',
      }),
    ),
    cancelAtEnd: running((one) => stripe.subscriptions.update(one.id, { cancel_at_period_end: true })),
    keep: running((one) => stripe.subscriptions.update(one.id, { cancel_at_period_end: false })),
    cancelNow: running((one) => stripe.subscriptions.cancel(one.id)),
    applyCoupon: running(async (one) =>
      stripe.subscriptions.update(one.id, {
        discounts: [{ coupon: await coupon(random.pick(['once', 'repeating', 'forever'])) }],
      }),
    ),
    removeCoupon: running((one) => stripe.subscriptions.update(one.id, { discounts: '' })),
    failNext: running((one) =>
      control.failNext(customerOf(one), random.pick(['insufficient_funds', 'expired_card', 'lost_card'])),
    ),
    failAlways: running((one) => control.failAlways(customerOf(one), 'generic_decline')),
    succeedAgain: running((one) => control.succeedAgain(customerOf(one))),
    payInvoice: openInvoice((id) => stripe.invoices.pay(id)),
    giveUpInvoice: openInvoice((id) =>
      random.chance(0.5) ? stripe.invoices.voidInvoice(id) : stripe.invoices.markUncollectible(id),
    ),
    refund: charge(
      ({ amount, amount_refunded }) => amount > amount_refunded,
      ({ id, amount, amount_refunded }) =>
        stripe.refunds.create({
          charge: id,
          ...(random.chance(0.5) ? { amount: random.int(1, amount - amount_refunded) } : {}),
        }),
    ),
    dispute: charge(
      ({ disputed }) => !disputed,
      ({ id }) => control.openDispute(id),
    ),
    changeCard: running((one) => control.updateCardInPortal(customerOf(one), '5555555555554444')),
    deleteCustomer: running((one) => stripe.customers.del(customerOf(one))),
    rename: running((one) => stripe.customers.update(customerOf(one), { name: `Name ${random.int(1, 99)}` })),
    pause: running((one) =>
      stripe.subscriptions.update(one.id, { pause_collection: random.chance(0.5) ? { behavior: 'void' } : '' }),
    ),
    upgradeAccount: async () => control.renderEvents(random.pick([null, ...eventVersions])),
  };

  return async function operate(what: Operation): Promise<void> {
    try {
      await operations[what]();
    } catch (error) {
      if (!(error instanceof Stripe.errors.StripeCardError || error instanceof Stripe.errors.StripeInvalidRequestError))
        throw error;
    }
  };
}
