import Stripe from 'stripe';
import { planItem } from './oracle.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

const plans = ['starter', 'premium', 'enterprise'] as const;
const day = 86_400;

/** What can happen at Stripe, one at a time, at random. Refusals by Stripe are part of life. */
export function createOperations(world: World, random: Random) {
  const { stripe, standIn } = world;
  let serial = 0;
  const price = async (plan: string) =>
    (await stripe.prices.list({ lookup_keys: [`${plan}_month`], limit: 1 })).data[0]!.id;
  const subscriptions = async () => (await stripe.subscriptions.list({ status: 'all', limit: 100 })).data;
  const oneRunning = async () => {
    const running = (await subscriptions()).filter(
      ({ status }) => !['canceled', 'incomplete_expired'].includes(status),
    );
    return running.length > 0 ? random.pick(running) : null;
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
    await standIn.control.completeCheckout(session.id, {
      card: '4242424242424242',
      email: `buyer${serial}@example.com`,
      customFields: { hwid: `HWID-HISTORY-${serial}` },
    });
  };
  const onRunning = (act: (subscription: Stripe.Subscription) => Promise<unknown>) => async () => {
    const subscription = await oneRunning();
    if (subscription) await act(subscription);
  };

  const operations: Array<[weight: number, run: () => Promise<unknown>]> = [
    [8, buy],
    [
      18,
      onRunning((one) =>
        Promise.resolve(
          standIn.control.advanceCustomer(
            customerOf(one),
            random.chance(0.5) ? 'next_invoice' : { days: random.int(1, 20) },
          ),
        ),
      ),
    ],
    [
      8,
      onRunning(async (one) =>
        stripe.subscriptions.update(one.id, {
          items: [{ id: planItem(one).id, price: await price(random.pick(plans)), quantity: planItem(one).quantity! }],
          proration_behavior: 'always_invoice',
        }),
      ),
    ],
    [5, onRunning((one) => stripe.subscriptions.update(one.id, { cancel_at_period_end: true }))],
    [5, onRunning((one) => stripe.subscriptions.update(one.id, { cancel_at_period_end: false }))],
    [3, onRunning((one) => stripe.subscriptions.cancel(one.id))],
    [
      5,
      onRunning(async (one) =>
        stripe.subscriptions.update(one.id, {
          discounts: [{ coupon: await coupon(random.pick(['once', 'repeating', 'forever'])) }],
        }),
      ),
    ],
    [3, onRunning((one) => stripe.subscriptions.update(one.id, { discounts: '' }))],
    [
      6,
      onRunning((one) =>
        Promise.resolve(
          standIn.control.failNext(customerOf(one), random.pick(['insufficient_funds', 'expired_card', 'lost_card'])),
        ),
      ),
    ],
    [3, onRunning((one) => Promise.resolve(standIn.control.failAlways(customerOf(one), 'generic_decline')))],
    [4, onRunning((one) => Promise.resolve(standIn.control.succeedAgain(customerOf(one))))],
    [
      5,
      async () => {
        const { data } = await stripe.invoices.list({ status: 'open', limit: 100 });
        if (data.length > 0) await stripe.invoices.pay(random.pick(data).id!);
      },
    ],
    [
      2,
      async () => {
        const { data } = await stripe.invoices.list({ status: 'open', limit: 100 });
        if (data.length > 0)
          await (random.chance(0.5)
            ? stripe.invoices.voidInvoice(random.pick(data).id!)
            : stripe.invoices.markUncollectible(random.pick(data).id!));
      },
    ],
    [
      5,
      async () => {
        const charges = (await stripe.charges.list({ limit: 100 })).data.filter(
          ({ status, amount, amount_refunded }) => status === 'succeeded' && amount > amount_refunded,
        );
        if (charges.length === 0) return;
        const charge = random.pick(charges);
        const left = charge.amount - charge.amount_refunded;
        await stripe.refunds.create({
          charge: charge.id,
          ...(random.chance(0.5) ? { amount: random.int(1, left) } : {}),
        });
      },
    ],
    [
      2,
      async () => {
        const charges = (await stripe.charges.list({ limit: 100 })).data.filter(
          ({ status, disputed }) => status === 'succeeded' && !disputed,
        );
        if (charges.length > 0) await standIn.control.openDispute(random.pick(charges).id);
      },
    ],
    [2, onRunning((one) => Promise.resolve(standIn.control.updateCardInPortal(customerOf(one), '5555555555554444')))],
    [1, onRunning((one) => stripe.customers.del(customerOf(one)))],
    [2, onRunning((one) => stripe.customers.update(customerOf(one), { name: `Name ${random.int(1, 99)}` }))],
    [
      2,
      onRunning((one) =>
        stripe.subscriptions.update(one.id, { pause_collection: random.chance(0.5) ? { behavior: 'void' } : '' }),
      ),
    ],
  ];
  const total = operations.reduce((sum, [weight]) => sum + weight, 0);

  return async function operate(): Promise<void> {
    world.pass(random.pick([0, 0, 1, 30, 3600, day]));
    let at = random.next() * total;
    const [, run] = operations.find(([weight]) => (at -= weight) < 0) ?? operations[0]!;
    try {
      await run();
    } catch (error) {
      if (!(error instanceof Stripe.errors.StripeCardError || error instanceof Stripe.errors.StripeInvalidRequestError))
        throw error;
    }
  };
}
