import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLicense, createTestDatabase, type TestDatabase } from './database.ts';
import {
  applyFetched,
  customer,
  event,
  held,
  invoice,
  mirrored,
  month,
  receive,
  start,
  subscription,
  type TestSubscription,
} from './stripe.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());

type Item = TestSubscription['items']['data'][number];

const addOn = (given: Partial<Item> = {}, interval: 'month' | 'year' = 'month') => ({
  id: `si_addon_${crypto.randomUUID().slice(0, 8)}`,
  current_period_start: start,
  current_period_end: start + 12 * month,
  quantity: 1,
  price: {
    id: 'price_support',
    lookup_key: 'support_line',
    metadata: {},
    unit_amount: 1200,
    unit_amount_decimal: '1200',
    recurring: { interval, interval_count: 1 },
  },
  ...given,
});

/** A subscription with an add-on standing before its plan. */
function withAddOn(customerId: string, extra: object, plan: object = {}) {
  const bought = subscription(customerId);
  const [item] = bought.items.data;
  return { ...bought, items: { ...bought.items, data: [extra, { ...item!, ...plan }] } } as unknown as TestSubscription;
}

const line = (item: string, end: number, amount = 2900) => ({
  amount,
  period: { start, end },
  parent: { type: 'subscription_item_details', subscription_item_details: { subscription_item: item } },
});
const lines = (...data: object[]) => ({ lines: { object: 'list', has_more: false, url: '', data } });

describe('the item whose price names a plan', () => {
  it('is the subscription, whatever add-on stands before it', async () => {
    const { payer } = await mirrored(db.sql);
    const bought = withAddOn(payer.id, addOn(), { quantity: 3 });
    await applyFetched(db.sql, [{ object: bought, as_of: start }]);
    expect(await held(db.sql, bought.id)).toMatchObject({
      plan: 'premium',
      quantity: 3,
      stripe_item_id: bought.items.data[1]!.id,
      amount_cents: 3 * 2900 + 1200,
      mrr_cents: 3 * 2900 + 1200,
      current_period_end: new Date((start + month) * 1000),
    });
  });

  it('keeps its rhythm; what is billed at another is no part of its amount', async () => {
    const { payer } = await mirrored(db.sql);
    const quarterly = subscription(payer.id).items.data[0]!;
    const bought = withAddOn(payer.id, addOn({}, 'year'), {
      price: { ...quarterly.price, lookup_key: 'premium_3_month', recurring: { interval: 'month', interval_count: 3 } },
    });
    await applyFetched(db.sql, [{ object: bought, as_of: start }]);
    expect(await held(db.sql, bought.id)).toMatchObject({
      plan: 'premium',
      billing_interval: 'month',
      interval_count: 3,
      amount_cents: 2900,
      mrr_cents: 967 + 100,
    });
  });

  it.each([
    ['premium_month', {}, 'premium'],
    ['premium_3_month', {}, 'premium'],
    ['pro_plus_month', {}, 'pro_plus'],
    ['pro_plus_2_year', {}, 'pro_plus'],
    ['anything', { plan: 'starter' }, 'starter'],
    ['support_line', {}, null],
    [null, {}, null],
  ])('a price with the lookup key %s and the metadata %j is of plan %s', async (lookup_key, metadata, plan) => {
    await db.sql`insert into public.plans (code, name, monthly_price_cents, position)
      values ('pro_plus', 'Pro Plus', 3900, 9) on conflict do nothing`;
    const item = JSON.stringify({ price: { lookup_key, metadata } });
    const [named] = await db.sql`select private.stripe_plan(${item}::text::jsonb) as plan`;
    expect(named).toEqual({ plan });
  });
});

describe('periods by item', () => {
  const bought = async () => {
    const email = `items-${crypto.randomUUID()}@example.com`;
    const made = await createLicense(db.sql, { email, plan: 'starter' });
    await db.sql`update public.licenses set issued_at = ${new Date((start - 86_400) * 1000)},
      expires_at = ${new Date((start + 60) * 1000)} where id = ${made.id}`;
    const payer = customer({ email });
    const extra = addOn({}, 'year');
    const held = { ...withAddOn(payer.id, extra), metadata: { license_id: made.id } };
    await applyFetched(db.sql, [
      { object: payer, as_of: start },
      { object: held, as_of: start },
    ]);
    const expiry = async () =>
      (await db.sql`select extract(epoch from expires_at)::int as at from public.licenses where id = ${made.id}`)[0]!
        .at;
    return { held, extra, plan: held.items.data[1]!, expiry };
  };

  it('an add-on paid for a year gives the licence no day', async () => {
    const { held, extra, plan, expiry } = await bought();
    const yearly = invoice(held, lines(line(extra.id, start + 12 * month, 1200)));
    await receive(db.sql, event('invoice.paid', yearly, start + 1));
    expect(await expiry()).toBe(start + 60);
    const monthly = invoice(held, lines(line(extra.id, start + 12 * month, 0), line(plan.id, start + month)));
    await receive(db.sql, event('invoice.paid', monthly, start + 2));
    expect(await expiry()).toBe(start + month);
  });

  it('what gives unused time back pays for nothing', async () => {
    const { held, plan, expiry } = await bought();
    await receive(db.sql, event('invoice.paid', invoice(held, lines(line(plan.id, start + month, -900))), start + 1));
    expect(await expiry()).toBe(start + 60);
  });
});
