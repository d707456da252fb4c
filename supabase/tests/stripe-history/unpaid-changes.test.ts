import type Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planItem } from './oracle.ts';
import { openShop, sessionOf, type Shop } from './shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
  shop.world.standIn.control.afterRetries('past_due');
});
afterAll(() => shop.db.drop());

const card = '4242424242424242';
const heldOf = async (email: string) =>
  (await shop.db.sql`select * from public.subscriptions where email = ${email}`)[0]!;
const licenseOf = async (email: string) =>
  (await shop.db.sql`select * from public.licenses where email = ${email}`)[0]!;
/** What Stripe has put him on, and what his licence gives. */
const plans = async (email: string) => [(await heldOf(email))['plan'], (await licenseOf(email))['plan']];

/** A month of the starter plan, paid by card. */
async function bought(email: string) {
  const { stripe, standIn } = shop.world;
  const { control } = standIn;
  const link = await shop.act('admin', { action: 'checkout_link', email, plan: 'starter', hwid: `HWID-${email}` });
  control.completeCheckout(sessionOf(link), { card });
  await shop.deliverAll();
  const row = await heldOf(email);
  const id = row['stripe_subscription_id'] as string;
  const customer = row['stripe_customer_id'] as string;
  return {
    id,
    customer,
    control,
    async change(plan: string, given: Stripe.SubscriptionUpdateParams = {}) {
      const subscription = await stripe.subscriptions.retrieve(id);
      const [price] = (await stripe.prices.list({ lookup_keys: [`${plan}_month`] })).data;
      await stripe.subscriptions.update(id, {
        items: [{ id: planItem(subscription).id, price: price!.id }],
        proration_behavior: 'always_invoice',
        ...given,
      });
      await shop.deliverAll();
    },
    open: async () => (await stripe.invoices.list({ customer, status: 'open' })).data[0]!.id!,
    async after(act: () => unknown) {
      await act();
      await shop.deliverAll();
    },
    async later(by: { days: number } | 'next_invoice') {
      control.advanceCustomer(customer, by);
      await shop.deliverAll();
    },
  };
}

/** The same, put on the enterprise plan with a card that refuses. */
async function refused(email: string) {
  const one = await bought(email);
  await one.later({ days: 3 });
  one.control.failNext(one.customer, 'insufficient_funds');
  await one.change('enterprise');
  return one;
}

describe('a change to a dearer plan whose payment', () => {
  it('is a debit under way gives the plan when the money has come', async () => {
    const email = 'debited@example.com';
    const one = await bought(email);
    one.control.payByDebit(one.customer);
    const { id: subscription_id } = await heldOf(email);
    const answer = await shop.act('admin', { action: 'change_plan', subscription_id, plan: 'premium' });
    expect(answer.body).toMatchObject({ subscription: { plan: 'premium', pending_update: null } });
    await shop.deliverAll();
    expect(await plans(email)).toEqual(['premium', 'starter']);
    await one.after(() => one.control.settleDebits(one.customer, true));
    expect(await plans(email)).toEqual(['premium', 'premium']);
  });

  it('is a debit that fails gives it when he pays otherwise', async () => {
    const email = 'returned@example.com';
    const one = await bought(email);
    one.control.payByDebit(one.customer);
    await one.change('premium');
    await one.after(() => one.control.settleDebits(one.customer, false));
    expect(await plans(email)).toEqual(['premium', 'starter']);
    one.control.updateCardInPortal(one.customer, card);
    await one.after(async () => shop.world.stripe.invoices.pay(await one.open()));
    expect(await plans(email)).toEqual(['premium', 'premium']);
  });

  it('a card refuses gives it with the money, and never for a moment before', async () => {
    const email = 'declined@example.com';
    const one = await refused(email);
    expect(await plans(email)).toEqual(['enterprise', 'starter']);
    await one.after(async () => shop.world.stripe.invoices.pay(await one.open()));
    expect(await plans(email)).toEqual(['enterprise', 'enterprise']);
    const changes = await shop.db.sql`select event_data #>> '{after,plan}' as plan from public.events
      where event_type = 'license_plan_changed' and license_id = ${(await licenseOf(email))['id']}`;
    expect(changes).toEqual([{ plan: 'enterprise' }]);
  });

  it('is given up leaves the plan that is paid, until a period of the dearer one is', async () => {
    const email = 'void@example.com';
    const one = await refused(email);
    await one.after(async () => shop.world.stripe.invoices.voidInvoice(await one.open()));
    expect(await plans(email)).toEqual(['enterprise', 'starter']);
    await one.later('next_invoice');
    expect(await plans(email)).toEqual(['enterprise', 'enterprise']);
  });

  it.each([
    ['marked uncollectible', (id: string) => shop.world.stripe.invoices.markUncollectible(id)],
    [
      'forgiven by a credit note',
      async (invoice: string) => {
        const { amount_remaining: amount } = await shop.world.stripe.invoices.retrieve(invoice);
        return shop.world.stripe.creditNotes.create({ invoice, amount });
      },
    ],
  ])('is %s leaves it too', async (how, act) => {
    const email = `${how.replaceAll(' ', '-')}@example.com`;
    const one = await refused(email);
    await one.after(async () => act(await one.open()));
    expect(await plans(email)).toEqual(['enterprise', 'starter']);
  });

  it('is owed gives no other one by its credit, and the cheaper one at once', async () => {
    const email = 'credit@example.com';
    const one = await refused(email);
    await one.change('premium');
    expect(await plans(email)).toEqual(['premium', 'starter']);
    await one.change('starter');
    expect(await plans(email)).toEqual(['starter', 'starter']);
  });

  it('is owed stays known when nothing but a comparison tells of it', async () => {
    const email = 'compared@example.com';
    const one = await bought(email);
    await one.later({ days: 3 });
    one.control.failNext(one.customer, 'insufficient_funds');
    const { stripe, standIn } = shop.world;
    const [price] = (await stripe.prices.list({ lookup_keys: ['enterprise_month'] })).data;
    const { items } = await stripe.subscriptions.retrieve(one.id);
    await stripe.subscriptions.update(one.id, {
      items: [{ id: items.data[0]!.id, price: price!.id }],
      proration_behavior: 'always_invoice',
    });
    standIn.events.take();
    await shop.world.compareAll();
    expect(await plans(email)).toEqual(['enterprise', 'starter']);
  });
});

describe('a change that charges nothing is taken at once', () => {
  it('to a cheaper plan', async () => {
    const email = 'cheaper@example.com';
    const one = await bought(email);
    await one.change('enterprise');
    expect(await plans(email)).toEqual(['enterprise', 'enterprise']);
    await one.change('premium');
    expect(await plans(email)).toEqual(['premium', 'premium']);
  });

  it.each(['none', 'create_prorations'] as const)('with the proration behaviour %s', async (proration_behavior) => {
    const email = `${proration_behavior}@example.com`;
    const one = await bought(email);
    await one.change('enterprise', { proration_behavior });
    expect(await plans(email)).toEqual(['enterprise', 'enterprise']);
  });

  it('by a coupon of all there is', async () => {
    const email = 'gift@example.com';
    const one = await bought(email);
    const gift = await shop.world.stripe.coupons.create({
      percent_off: 100,
      duration: 'repeating',
      duration_in_months: 2,
    });
    await shop.world.stripe.subscriptions.update(one.id, { discounts: [{ coupon: gift.id }] });
    await one.later({ days: 3 });
    await one.change('enterprise');
    expect(await plans(email)).toEqual(['enterprise', 'enterprise']);
  });
});

describe('an invoice that is paid at Stripe without money', () => {
  const weighs = async (email: string) => {
    const { first_paid_at, paying_mrr_cents } = await heldOf(email);
    return [first_paid_at !== null, paying_mrr_cents];
  };

  it('for a credit note forgave it whole gives no days', async () => {
    const email = 'forgiven@example.com';
    const one = await bought(email);
    const { expires_at } = await licenseOf(email);
    one.control.failAlways(one.customer, 'generic_decline');
    await one.later('next_invoice');
    const invoice = await one.open();
    await one.after(() => shop.world.stripe.creditNotes.create({ invoice, amount: 1900 }));
    expect(await heldOf(email)).toMatchObject({ status: 'active' });
    expect(
      await shop.db.sql`select status, amount_paid from public.invoices
      where stripe_invoice_id = ${invoice}`,
    ).toEqual([{ status: 'paid', amount_paid: 0 }]);
    expect(await licenseOf(email)).toMatchObject({ expires_at, paid_until: expires_at });
  });

  it('by a credit note in part gives them with the rest', async () => {
    const email = 'lowered@example.com';
    const one = await bought(email);
    const { paid_until } = await licenseOf(email);
    one.control.failNext(one.customer, 'insufficient_funds');
    await one.later('next_invoice');
    const invoice = await one.open();
    await one.after(() => shop.world.stripe.creditNotes.create({ invoice, amount: 900 }));
    await one.after(() => shop.world.stripe.invoices.pay(invoice));
    expect((await licenseOf(email))['paid_until'].getTime()).toBeGreaterThan((paid_until as Date).getTime());
  });

  it('for it was the first makes no revenue', async () => {
    const { stripe, standIn } = shop.world;
    const { id: customer } = await stripe.customers.create({ email: 'first@example.com' });
    standIn.control.updateCardInPortal(customer, card);
    standIn.control.failNext(customer, 'insufficient_funds');
    const [price] = (await stripe.prices.list({ lookup_keys: ['starter_month'] })).data;
    await stripe.subscriptions.create({ customer, items: [{ price: price!.id }] });
    const [open] = (await stripe.invoices.list({ customer, status: 'open' })).data;
    await stripe.creditNotes.create({ invoice: open!.id!, amount: 1900 });
    await shop.deliverAll();
    expect(await weighs('first@example.com')).toEqual([false, 0]);
    standIn.control.advanceCustomer(customer, 'next_invoice');
    await shop.deliverAll();
    expect(await weighs('first@example.com')).toEqual([true, 1900]);
  });

  it('and what is given back of it pays for nothing', async () => {
    const { stripe, standIn } = shop.world;
    const email = 'given-back@example.com';
    const one = await bought(email);
    const { expires_at } = await licenseOf(email);
    standIn.control.failAlways(one.customer, 'generic_decline');
    await one.later('next_invoice');
    await one.after(async () => stripe.creditNotes.create({ invoice: await one.open(), amount: 1900 }));
    const [price] = (await stripe.prices.list({ lookup_keys: ['starter_month'] })).data;
    const cheaper = await stripe.prices.create({
      product: String(price!.product),
      currency: 'eur',
      unit_amount: 900,
      recurring: { interval: 'month' },
      metadata: { plan: 'starter' },
    });
    const { items } = await stripe.subscriptions.retrieve(one.id);
    await one.after(() =>
      stripe.subscriptions.update(one.id, {
        items: [{ id: items.data[0]!.id, price: cheaper.id }],
        proration_behavior: 'always_invoice',
      }),
    );
    const [credit] = (await stripe.invoices.list({ customer: one.customer })).data;
    expect(credit).toMatchObject({ status: 'paid', billing_reason: 'subscription_update' });
    expect(credit!.total).toBeLessThan(0);
    expect(await licenseOf(email)).toMatchObject({ expires_at, paid_until: expires_at });
  });

  it('from his balance is paid: it is his money', async () => {
    const email = 'balance@example.com';
    const one = await bought(email);
    const { paid_until } = await licenseOf(email);
    const [first] = (await shop.world.stripe.invoices.list({ customer: one.customer })).data;
    await one.after(() =>
      shop.world.stripe.creditNotes.create({ invoice: first!.id!, amount: 1900, credit_amount: 1900 }),
    );
    await one.later('next_invoice');
    const [row] = await shop.db.sql`select status, amount_paid, credited_amount from public.invoices
      where email = ${email} order by issued_at desc limit 1`;
    expect(row).toEqual({ status: 'paid', amount_paid: 0, credited_amount: 0 });
    expect((await licenseOf(email))['paid_until'].getTime()).toBeGreaterThan((paid_until as Date).getTime());
    expect(await weighs(email)).toEqual([true, 1900]);
  });
});
