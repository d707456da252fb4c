import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from './database.ts';
import {
  applyFetched,
  coupon,
  couponsOf,
  customer,
  discount,
  event,
  held,
  invoice,
  mirrored,
  month,
  receive,
  start,
  subscription,
  type SubscriptionInput,
} from './stripe.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());

const graduated = [
  { up_to: 5, unit_amount: 1000, unit_amount_decimal: '1000', flat_amount: 500, flat_amount_decimal: '500' },
  { up_to: 10, unit_amount: 800, unit_amount_decimal: '800', flat_amount: null, flat_amount_decimal: null },
  { up_to: null, unit_amount: null, unit_amount_decimal: '550.5', flat_amount: 200, flat_amount_decimal: '200' },
];
const price = (id: string, given: object) => ({
  id,
  object: 'price',
  currency: 'eur',
  tiers_mode: null,
  unit_amount: null,
  unit_amount_decimal: null,
  livemode: false,
  ...given,
});
const tiered = (id: string) => ({ id, billing_scheme: 'tiered', unit_amount: null, unit_amount_decimal: null });

/** What a subscription weighs once all it names is known. */
async function weight(input: SubscriptionInput, known: object[] = []) {
  const payer = customer();
  const bought = subscription(payer.id, input);
  await applyFetched(
    db.sql,
    [payer, ...couponsOf(bought), ...known, bought].map((object) => ({ object, as_of: start })),
  );
  return held(db.sql, bought.id);
}

describe('prices with tiers, at the quantity of today', () => {
  it.each([
    ['graduated', 0, 500],
    ['graduated', 3, 500 + 3 * 1000],
    ['graduated', 7, 500 + 5 * 1000 + 2 * 800],
    ['graduated', 12, 500 + 5 * 1000 + 5 * 800 + 200 + 2 * 550.5],
    ['volume', 5, 5 * 1000 + 500],
    ['volume', 6, 6 * 800],
    ['volume', 11, Math.round(11 * 550.5) + 200],
  ] as const)('%s, %i: %d', async (tiers_mode, quantity, cents) => {
    const id = `price_${tiers_mode}`;
    const row = await weight({ quantity, price: tiered(id) }, [
      price(id, { billing_scheme: 'tiered', tiers_mode, tiers: graduated }),
    ]);
    expect(row).toMatchObject({ mrr_cents: cents, amount_cents: cents, quantity });
  });

  it('are asked for once, for Stripe lists no tiers', async () => {
    const { payer } = await mirrored(db.sql);
    const bought = subscription(payer.id, { quantity: 2, price: tiered('price_once') });
    const asked = event('customer.subscription.created', bought);
    const answer = await receive(db.sql, asked);
    expect(answer).toMatchObject({ status: 'fetch', fetch: [{ kind: 'price', id: 'price_once' }] });
    const object = price('price_once', { billing_scheme: 'tiered', tiers_mode: 'volume', tiers: graduated });
    expect(await applyFetched(db.sql, [{ object, as_of: start, version: 0 }], asked, ['price_once'])).toEqual({
      status: 'processed',
    });
    expect(await held(db.sql, bought.id)).toMatchObject({ mrr_cents: 2500 });
    const more = { ...bought, items: { ...bought.items, data: [{ ...bought.items.data[0], quantity: 6 }] } };
    expect(await receive(db.sql, event('customer.subscription.updated', more, start + 5))).toEqual({
      status: 'processed',
    });
    expect(await held(db.sql, bought.id)).toMatchObject({ mrr_cents: 4800 });
  });

  it('packages are counted whole', async () => {
    const transform_quantity = { divide_by: 10, round: 'up' };
    expect(await weight({ quantity: 21, unitAmount: 900, price: { transform_quantity } })).toMatchObject({
      mrr_cents: 2700,
    });
  });
});

describe('a price in several currencies', () => {
  it('weighs in the currency of the subscription', async () => {
    const many = price('price_many', {
      unit_amount: 2900,
      currency_options: { usd: { unit_amount: 3300, unit_amount_decimal: '3300' }, jpy: { unit_amount: 4800 } },
    });
    const input = { price: { id: 'price_many', currency: 'eur' } };
    expect(await weight({ ...input, currency: 'usd' }, [many])).toMatchObject({ mrr_cents: 3300, currency: 'USD' });
    expect(await weight({ ...input, currency: 'jpy' }, [many])).toMatchObject({ amount_cents: 4800, currency: 'JPY' });
  });

  it('and so does a coupon', async () => {
    const off = coupon({ percent_off: null, amount_off: 500, currency: 'eur' });
    const whole = { ...off, currency_options: { eur: { amount_off: 500 }, usd: { amount_off: 600 } } };
    const payer = customer();
    const bought = subscription(payer.id, { currency: 'usd', unitAmount: 3300, discounts: [discount(off)] });
    const asked = await applyFetched(
      db.sql,
      [payer, bought].map((object) => ({ object, as_of: start })),
    );
    expect(asked).toMatchObject({ fetch: [{ kind: 'subscription_coupons' }, { kind: 'subscription' }] });
    await applyFetched(
      db.sql,
      [whole, bought].map((object) => ({ object, as_of: start })),
    );
    expect(await held(db.sql, bought.id)).toMatchObject({
      mrr_cents: 2700,
      discounts: [expect.objectContaining({ amount_off_cents: 600 })],
    });
  });
});

describe('coupons of items', () => {
  const named = (of: { id: string }) => ({ ...discount(of), source: { type: 'coupon', coupon: of.id } });
  it.each([
    ['half off for ever', {}, 1450],
    ['5 € off for ever', { percent_off: null, amount_off: 500, currency: 'eur' }, 2400],
    ['half off for three months', { duration: 'repeating' }, 2900],
    ['half off once', { duration: 'once' }, 2900],
  ])('%s', async (_, given, cents) => {
    const off = coupon(given);
    expect(await weight({ item: { discounts: [named(off)] } }, [off])).toMatchObject({ mrr_cents: cents });
  });

  it('count before those of the whole', async () => {
    const [off, all] = [coupon(), coupon({ percent_off: 10 })];
    const row = await weight({ item: { discounts: [named(off)] }, discounts: [discount(all)] }, [off]);
    expect(row).toMatchObject({ mrr_cents: 1305 });
  });

  it('are asked for when they are only named, and remembered', async () => {
    const { bought } = await mirrored(db.sql);
    const off = coupon();
    const own = named(off);
    const on = (discounts: unknown[]) => ({
      ...bought,
      items: { ...bought.items, data: [{ ...bought.items.data[0]!, discounts }] },
    });
    const asked = event('customer.subscription.updated', on([own.id]), start + 5);
    expect(await receive(db.sql, asked)).toMatchObject({ fetch: [{ kind: 'subscription', id: bought.id }] });
    const listed = await applyFetched(db.sql, [{ object: on([own]), as_of: start + 5 }], asked, [bought.id]);
    expect(listed).toMatchObject({ fetch: [{ kind: 'item_coupons', id: bought.items.data[0]!.id }, {}] });
    const both = [off, on([own])].map((object) => ({ object, as_of: start + 5 }));
    expect(await applyFetched(db.sql, both, asked, [bought.id])).toEqual({ status: 'processed' });
    expect(await held(db.sql, bought.id)).toMatchObject({ mrr_cents: 1450 });
    const again = event('customer.subscription.updated', { ...on([own.id]), metadata: { a: 'b' } }, start + 9);
    expect(await receive(db.sql, again)).toEqual({ status: 'processed' });
    expect(await held(db.sql, bought.id)).toMatchObject({ mrr_cents: 1450 });
  });
});

describe('a coupon for some products', () => {
  const two = async (discounts: object[], itemDiscounts: object[] = []) => {
    const payer = customer();
    const bought = subscription(payer.id, { discounts, price: { product: 'prod_plan' } });
    const [item] = bought.items.data;
    const hotline = {
      ...item!,
      id: `${item!.id}_hotline`,
      price: { ...item!.price, id: 'price_hotline', product: 'prod_hotline', unit_amount_decimal: '1000' },
      discounts: itemDiscounts.map((one) => ({ ...one, source: { type: 'coupon', coupon: 'co_item' } })),
    };
    const whole = { ...bought, items: { ...bought.items, data: [item!, hotline] } };
    const objects = [payer, ...couponsOf(whole), coupon({ id: 'co_item', applies_to: { products: ['prod_plan'] } })];
    await applyFetched(
      db.sql,
      [...objects, whole].map((object) => ({ object, as_of: start })),
    );
    return held(db.sql, bought.id);
  };
  const only = (product: string, given: object = {}) =>
    discount(coupon({ applies_to: { products: [product] }, ...given }));

  it.each([
    ['half of the plan', () => [only('prod_plan')], 1450 + 1000],
    ['half of what stands beside it', () => [only('prod_hotline')], 2900 + 500],
    [
      '5 € of the plan',
      () => [only('prod_plan', { percent_off: null, amount_off: 500, currency: 'eur' })],
      2400 + 1000,
    ],
    [
      '50 € of what costs 10 €',
      () => [only('prod_hotline', { percent_off: null, amount_off: 5000, currency: 'eur' })],
      2900,
    ],
    ['half of something else', () => [only('prod_other')], 3900],
    ['half of the plan, then a tenth of all', () => [only('prod_plan'), discount(coupon({ percent_off: 10 }))], 2205],
  ])('takes off %s', async (_, discounts, cents) => {
    expect(await two(discounts())).toMatchObject({ mrr_cents: cents, amount_cents: 3900 });
  });

  it('takes nothing off an item of another', async () => {
    expect(await two([], [discount(coupon())])).toMatchObject({ mrr_cents: 3900 });
  });

  it('that lowers all a customer buys is known with him', async () => {
    const off = only('prod_plan');
    const payer = customer({ discount: off as never });
    expect(await receive(db.sql, event('customer.updated', payer))).toMatchObject({
      fetch: [{ kind: 'customer', id: payer.id }],
    });
    const bought = subscription(payer.id, { price: { product: 'prod_plan' } });
    const [item] = bought.items.data;
    const hotline = { ...item!, id: 'si_beside', price: { ...item!.price, product: 'prod_hotline' } };
    await applyFetched(
      db.sql,
      [off.source.coupon, payer, { ...bought, items: { ...bought.items, data: [item!, hotline] } }].map((object) => ({
        object,
        as_of: start,
      })),
    );
    expect(await held(db.sql, bought.id)).toMatchObject({ mrr_cents: 1450 + 2900 });
  });
});

describe('taxes inside prices', () => {
  const vat = { id: 'txr_vat', percentage: 20, effective_percentage: 20, inclusive: true };

  it.each([
    ['of the item', { item: { tax_rates: [vat] } }, 2417],
    ['of the whole', { default_tax_rates: [vat] }, 2417],
    ['added on top', { default_tax_rates: [{ ...vat, inclusive: false }] }, 2900],
    ['of another item', { item: { tax_rates: [{ ...vat, percentage: 5.5, effective_percentage: 5.5 }] } }, 2749],
  ])('%s', async (_, input, cents) => {
    expect(await weight(input as SubscriptionInput)).toMatchObject({ mrr_cents: cents, amount_cents: 2900 });
  });

  it('found by Stripe are those of the latest invoice', async () => {
    const { bought, row } = await mirrored(db.sql, {
      automatic_tax: { enabled: true } as never,
      paid: true,
    });
    expect(row).toMatchObject({ paying_mrr_cents: 2900 });
    const taxed = (tax: number, created: number) =>
      invoice(bought, {
        created,
        total_taxes: tax ? [{ amount: tax, tax_behavior: 'inclusive' }] : [],
        lines: {
          object: 'list',
          has_more: false,
          url: '',
          data: [
            {
              amount: 2900,
              discount_amounts: [],
              taxes: tax ? [{ amount: tax, tax_behavior: 'inclusive', taxable_amount: 2900 - tax }] : [],
              period: { start, end: start + month },
              parent: {
                type: 'subscription_item_details',
                subscription_item_details: { subscription_item: bought.items.data[0]!.id },
              },
            },
          ],
        },
      });
    await receive(db.sql, event('invoice.paid', taxed(483, start + 60), start + 60));
    expect(await held(db.sql, bought.id)).toMatchObject({ paying_mrr_cents: 2417 });
    // A number of a tax payer abroad: nothing is inside any more.
    await receive(db.sql, event('invoice.paid', taxed(0, start + month), start + month));
    expect(await held(db.sql, bought.id)).toMatchObject({ paying_mrr_cents: 2900 });
    const [sum] = await db.sql`select sum(amount_cents)::int as total from public.mrr_movements
      where customer_id = ${row.customer_id}`;
    expect(sum).toEqual({ total: 2900 });
  });
});

describe('what is paid by use', () => {
  it('is left out, and counted where it can be read', async () => {
    const { payer } = await mirrored(db.sql);
    const bought = subscription(payer.id);
    const [item] = bought.items.data;
    const byUse = {
      ...item!,
      id: 'si_use',
      quantity: undefined,
      price: { ...item!.price, id: 'price_use', lookup_key: null, metadata: {}, unit_amount: 5 },
    };
    byUse.price.recurring = { ...byUse.price.recurring, usage_type: 'metered' };
    const both = { ...bought, items: { ...bought.items, data: [byUse, item!] } };
    await applyFetched(db.sql, [
      { object: both, as_of: start },
      { object: invoice(bought), as_of: start },
    ]);
    expect(await held(db.sql, bought.id)).toMatchObject({ paying_mrr_cents: 2900, left_out_items: 1 });
    const admin = await db.addStaff('admin');
    const [summary] = await db.as(admin, (sql) => sql`select public.subscriptions_summary() as summary`);
    expect(summary!['summary'].left_out).toBe(1);
  });
});
