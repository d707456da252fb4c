import type Stripe from 'stripe';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { InvoicePreview } from '../../contracts/functions/stripe-action.ts';
import { openShop, sessionOf, type Shop } from './shop.ts';

let shop: Shop;
let addOn: Stripe.Price;
beforeAll(async () => {
  shop = await openShop();
  const { stripe } = shop.world;
  const product = await stripe.products.create({ name: 'Hotline' });
  addOn = await stripe.prices.create({
    product: product.id,
    currency: 'eur',
    unit_amount: 1200,
    recurring: { interval: 'month' },
    lookup_key: 'hotline',
  });
});
afterAll(() => shop.db.drop());

const priceOf = async (key: string) =>
  (await shop.world.stripe.prices.list({ lookup_keys: [key], limit: 1 })).data[0]!.id;

async function subscribed(items: Stripe.SubscriptionCreateParams.Item[]) {
  const { stripe } = shop.world;
  const customer = await stripe.customers.create({
    email: `items-${crypto.randomUUID()}@example.com`,
    payment_method: 'pm_card_visa',
    invoice_settings: { default_payment_method: 'pm_card_visa' },
  });
  const made = await stripe.subscriptions.create({ customer: customer.id, items });
  await shop.deliverAll();
  const [row] = await shop.db.sql`select * from public.subscriptions where stripe_subscription_id = ${made.id}`;
  const now = async () =>
    (await stripe.subscriptions.retrieve(made.id)).items.data.map(({ price, quantity }) => [
      price.lookup_key,
      quantity,
    ]);
  return { id: row!['id'] as string, row: row!, now };
}

it('a change of plan keeps the quantity and the add-on that stands first, and costs what was shown', async () => {
  const { id, row, now } = await subscribed([
    { price: addOn.id },
    { price: await priceOf('starter_month'), quantity: 3 },
  ]);
  expect(row).toMatchObject({ plan: 'starter', quantity: 3, amount_cents: 3 * 1900 + 1200 });
  const { body } = await shop.act('admin', { action: 'preview_plan', subscription_id: id, plan: 'premium' });
  expect((body as unknown as { preview: InvoicePreview }).preview).toMatchObject({
    next_amount_cents: 3 * 2900 + 1200,
    lines: [
      { kind: 'unused', plan: 'starter', quantity: 3 },
      { kind: 'remaining', plan: 'premium', quantity: 3 },
    ],
  });
  const changed = await shop.act('admin', { action: 'change_plan', subscription_id: id, plan: 'premium' });
  expect(changed.body).toMatchObject({ subscription: { plan: 'premium', quantity: 3, amount_cents: 3 * 2900 + 1200 } });
  expect(await now()).toEqual([
    ['hotline', 1],
    ['premium_month', 3],
  ]);
});

it('a quarterly subscription stays quarterly, or is refused where no such price exists', async () => {
  const { stripe } = shop.world;
  const quarterly = async (plan: string, unit_amount: number) =>
    stripe.prices.create({
      product: `wa_${plan}`,
      currency: 'eur',
      unit_amount,
      recurring: { interval: 'month', interval_count: 3 },
      lookup_key: `${plan}_3_month`,
    });
  const { id, row, now } = await subscribed([{ price: (await quarterly('starter', 5400)).id }]);
  expect(row).toMatchObject({ plan: 'starter', billing_interval: 'month', interval_count: 3 });
  const change = { action: 'change_plan', subscription_id: id, plan: 'premium' };
  expect((await shop.act('admin', change)).body).toMatchObject({ code: 'plan_has_no_price' });
  expect(await now()).toEqual([['starter_3_month', 1]]);
  await quarterly('premium', 8400);
  expect((await shop.act('admin', change)).body).toMatchObject({
    subscription: { plan: 'premium', interval_count: 3, amount_cents: 8400 },
  });
  expect((await shop.act('admin', { ...change, plan: 'premium' })).body).toMatchObject({ code: 'same_plan' });
});

it('a price of another rhythm or currency under the right key is not taken', async () => {
  const { stripe } = shop.world;
  const { id, now } = await subscribed([{ price: await priceOf('starter_month') }]);
  await stripe.prices.create({
    product: 'wa_enterprise',
    currency: 'usd',
    unit_amount: 10_900,
    recurring: { interval: 'month' },
    lookup_key: 'enterprise_month',
    transfer_lookup_key: true,
  });
  const change = { action: 'change_plan', subscription_id: id, plan: 'enterprise' };
  expect((await shop.act('admin', change)).body).toMatchObject({ code: 'plan_has_no_price' });
  expect(await now()).toEqual([['starter_month', 1]]);
});

it('a checkout with an add-on first gives its licence', async () => {
  const { stripe, standIn } = shop.world;
  const session = await stripe.checkout.sessions.create({
    mode: 'subscription',
    line_items: [
      { price: addOn.id, quantity: 1 },
      { price: await priceOf('premium_month'), quantity: 1 },
    ],
    success_url: 'https://shop.test',
    custom_fields: [{ key: 'hwid', type: 'text', label: { type: 'custom', custom: 'HWID' } }],
  });
  standIn.control.completeCheckout(sessionOf({ body: { url: `x/${session.id}` } }), {
    card: '4242424242424242',
    email: 'addon@example.com',
    customFields: { hwid: 'HWID-ADDON-1' },
  });
  await shop.deliverAll();
  const [license] = await shop.db.sql`select plan, status from public.licenses where email = 'addon@example.com'`;
  expect(license).toEqual({ plan: 'premium', status: 'active' });
});
