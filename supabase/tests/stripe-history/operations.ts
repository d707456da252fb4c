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
  changeUnpaid: 5,
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
  decideDispute: 2,
  suspectFraud: 2,
  credit: 2,
  forgive: 3,
  voidCredit: 1,
  couponOnItem: 2,
  couponOnProduct: 2,
  buySeats: 2,
  taxInside: 2,
  changeCard: 2,
  payByDebit: 3,
  settleDebits: 7,
  askConfirmation: 3,
  confirm: 5,
  changeWhenPaid: 6,
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
  const productCoupons = new Map<string, string>();
  /** Lowers one product for ever, whatever stands beside it. */
  const productCoupon = async (product: string) => {
    if (!productCoupons.has(product)) {
      const { id } = await stripe.coupons.create({
        duration: 'forever',
        percent_off: 40,
        applies_to: { products: [product] },
      });
      productCoupons.set(product, id);
    }
    return productCoupons.get(product)!;
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
  let tiered: string | undefined;
  /** Sold by tiers: the more seats, the less each. */
  const seats = async () => {
    tiered ??= (
      await stripe.prices.create({
        product: (await stripe.products.create({ name: 'Seats' })).id,
        currency: 'eur',
        billing_scheme: 'tiered',
        tiers_mode: 'volume',
        tiers: [
          { up_to: 5, unit_amount: 900, flat_amount: 500 },
          { up_to: 'inf', unit_amount: 700 },
        ],
        recurring: { interval: 'month' },
        metadata: { plan: 'premium' },
      })
    ).id;
    return tiered;
  };
  let rate: string | undefined;
  const vat = async () =>
    (rate ??= (await stripe.taxRates.create({ display_name: 'TVA', percentage: 20, inclusive: true })).id);
  const customerOf = (subscription: Stripe.Subscription) => String(subscription.customer);

  const sell = async (line_items: Stripe.Checkout.SessionCreateParams.LineItem[], isTrial: boolean) => {
    serial += 1;
    const session = await stripe.checkout.sessions.create({
      mode: 'subscription',
      line_items,
      success_url: 'https://shop.test',
      custom_fields: [{ key: 'hwid', type: 'text', label: { type: 'custom', custom: 'HWID' } }],
      ...(isTrial ? { subscription_data: { trial_period_days: 7 } } : {}),
    });
    await control.completeCheckout(session.id, {
      card: '4242424242424242',
      email: `buyer${serial}@example.com`,
      customFields: { hwid: `HWID-HISTORY-${serial}` },
      ...(random.chance(0.1) ? { delays: true } : {}),
    });
  };
  const buy = async () =>
    sell(
      [
        ...(random.chance(0.2) ? [{ price: await addOn(), quantity: 1 }] : []),
        { price: await price(random.pick(plans)), quantity: random.chance(0.2) ? 3 : 1 },
      ],
      random.chance(0.2),
    );
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
    /** The card refuses, and the change is done: what Stripe does unless asked otherwise. */
    changeUnpaid: running(async (one) => {
      control.failNext(customerOf(one), 'insufficient_funds');
      await stripe.subscriptions.update(one.id, {
        items: [{ id: planItem(one).id, price: await price(random.pick(plans)), quantity: planItem(one).quantity! }],
        proration_behavior: 'always_invoice',
        payment_behavior: 'allow_incomplete',
      });
    }),
    payByDebit: running((one) => control.payByDebit(customerOf(one), random.pick(['sepa_debit', 'bacs_debit']))),
    settleDebits: running((one) => control.settleDebits(customerOf(one), random.chance(0.6))),
    askConfirmation: running((one) => control.requireAuthentication(customerOf(one))),
    confirm: running((one) => control.confirmPayments(customerOf(one), random.chance(0.7))),
    changeWhenPaid: running(async (one) =>
      stripe.subscriptions.update(one.id, {
        items: [{ id: planItem(one).id, price: await price(random.pick(plans)), quantity: planItem(one).quantity! }],
        proration_behavior: 'always_invoice',
        payment_behavior: 'pending_if_incomplete',
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
      ({ disputed, amount, amount_refunded }) => !disputed && amount > amount_refunded,
      ({ id, amount, amount_refunded }) =>
        control.openDispute(id, {
          isInquiry: random.chance(0.3),
          ...(random.chance(0.3) ? { amount: random.int(1, amount - amount_refunded) } : {}),
        }),
    ),
    decideDispute: async () => {
      const open = (await stripe.disputes.list({ limit: 100 })).data.filter(
        ({ status }) => !['won', 'lost', 'warning_closed'].includes(status),
      );
      if (open.length === 0) return;
      const { id, status } = random.pick(open);
      if (!status.startsWith('warning_')) control.closeDispute(id, random.pick(['won', 'lost']));
      else if (random.chance(0.5)) control.closeDispute(id, 'warning_closed');
      else control.escalateDispute(id);
    },
    suspectFraud: charge(
      () => true,
      ({ id }) => control.warnOfFraud(id),
    ),
    credit: async () => {
      const { data } = await stripe.invoices.list({ limit: 100 });
      const some = data.filter(({ status, total }) => (status === 'open' || status === 'paid') && total > 0);
      if (some.length === 0) return;
      const { id, status, total } = random.pick(some);
      const amount = random.int(1, total);
      await stripe.creditNotes.create({
        invoice: id!,
        amount,
        ...(status === 'paid' ? random.pick([{ refund_amount: amount }, { out_of_band_amount: amount }]) : {}),
      });
    },
    forgive: openInvoice(async (id) => {
      const { amount_remaining } = await stripe.invoices.retrieve(id);
      return stripe.creditNotes.create({ invoice: id, amount: amount_remaining });
    }),
    voidCredit: async () => {
      const { data } = await stripe.creditNotes.list({ limit: 100 });
      const some = data.filter(({ status }) => status === 'issued');
      if (some.length > 0) await stripe.creditNotes.voidCreditNote(random.pick(some).id);
    },
    couponOnItem: running(async (one) =>
      stripe.subscriptions.update(one.id, {
        items: [{ id: planItem(one).id, discounts: [{ coupon: await coupon(random.pick(['forever', 'repeating'])) }] }],
      }),
    ),
    couponOnProduct: running(async (one) =>
      stripe.subscriptions.update(one.id, {
        discounts: [{ coupon: await productCoupon(String(random.pick(one.items.data).price.product)) }],
      }),
    ),
    buySeats: async () => sell([{ price: await seats(), quantity: random.int(1, 12) }], false),
    taxInside: running(async (one) =>
      stripe.subscriptions.update(one.id, { default_tax_rates: random.chance(0.6) ? [await vat()] : '' }),
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
