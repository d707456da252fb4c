import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type Persona, type TestDatabase } from './database.ts';

let db: TestDatabase;
let viewer: Persona;
const people = [
  { email: 'anna@exemple.fr', name: 'Anna Müller', company: null },
  { email: 'bruno_100%@exemple.fr', name: 'Bruno Petit', company: 'Pâtisserie d’Été' },
  { email: 'chloe@exemple.fr', name: null, company: null },
];

beforeAll(async () => {
  db = await createTestDatabase();
  viewer = await db.addStaff('viewer');
  await db.sql`insert into public.customers ${db.sql(people)}`;
  // Three months of each: paid, failed, and paid with a refund; Bruno disputes the last.
  await db.sql`
    insert into public.payments (customer_id, email, stripe_payment_id, stripe_payment_intent_id, stripe_invoice_id,
      invoice_number, amount, amount_refunded, status, payment_date, dispute_status, livemode)
    select id, email, 'ch_' || left(email, 4) || month, 'pi_' || left(email, 4) || month,
      'in_' || left(email, 4) || month, 'WA-' || left(email, 4) || '-' || month,
      1000 * month, case month when 3 then 500 else 0 end, case month when 2 then 'failed' else 'succeeded' end,
      make_timestamptz(2026, month, 10, 12, 0, 0, 'UTC'),
      case when month = 3 and email like 'bruno%' then 'needs_response' end, false
    from public.customers, generate_series(1, 3) as month`;
  await db.sql`insert into private.stripe_customers (stripe_customer_id, customer_id)
    select 'cus_' || left(email, 4), id from public.customers`;
  await db.sql`
    insert into public.subscriptions (stripe_subscription_id, stripe_customer_id, customer_id, email, plan, status,
      amount_cents, currency, billing_interval, mrr_cents, current_period_start, current_period_end,
      cancel_at_period_end, ended_at, payment_failed_at, livemode, started_at)
    select 'sub_' || left(email, 4), 'cus_' || left(email, 4), id, email,
      case left(email, 4) when 'anna' then 'starter' else 'premium' end,
      case left(email, 4) when 'anna' then 'active' when 'brun' then 'past_due' else 'canceled' end,
      2900, 'EUR', 'month', 2900, now() - interval '20 days', now() + interval '10 days',
      left(email, 4) = 'anna', case when email like 'chloe%' then now() end,
      case when email like 'bruno%' then now() end, false, now() - interval '1 year'
    from public.customers`;
});
afterAll(() => db.drop());

interface Payments {
  total: number;
  totals: Record<string, number>;
  rows: Array<{ email: string; stripe_payment_id: string; amount: number; customer_name: string | null }>;
}
type Value = string | string[] | number | boolean | undefined;
const call = async <Found>(name: string, args: Record<string, Value>, who = viewer): Promise<Found> => {
  const given = Object.entries(args).filter(
    (entry): entry is [string, Exclude<Value, undefined>] => entry[1] !== undefined,
  );
  const list = given.map(([key], index) => `${key} => $${index + 1}`).join(', ');
  const [row] = await db.as(who, (sql) =>
    sql.unsafe(`select public.${name}(${list}) as found`, given.map(([, value]) => value) as never),
  );
  return row!.found as Found;
};
const payments = (args: Record<string, Value> = {}) => call<Payments>('search_payments', args);
const ids = async (args: Record<string, Value>) =>
  (await payments({ sort: 'payment_date', descending: false, ...args })).rows.map(
    ({ stripe_payment_id }) => stripe_payment_id,
  );

describe('search_payments()', () => {
  it.each([
    ['part of an e-mail', 'RUNO', ['ch_brun1', 'ch_brun2', 'ch_brun3']],
    ['a wildcard, literally', '100%', ['ch_brun1', 'ch_brun2', 'ch_brun3']],
    ['an underscore, literally', 'o_1', ['ch_brun1', 'ch_brun2', 'ch_brun3']],
    ['the beginning when short', 'an', ['ch_anna1', 'ch_anna2', 'ch_anna3']],
    ['a name without its accents', 'MULLER', ['ch_anna1', 'ch_anna2', 'ch_anna3']],
    ['a company', 'pâtisserie d’', ['ch_brun1', 'ch_brun2', 'ch_brun3']],
    ['an invoice number', 'WA-chlo-2', ['ch_chlo2']],
    ['a charge', 'ch_anna3', ['ch_anna3']],
    ['a payment intent', 'pi_brun1', ['ch_brun1']],
    ['an invoice’s id', 'in_chlo1', ['ch_chlo1']],
    ['no part of an id', 'ch_ann', []],
    ['a quote, harmlessly', `'; drop table payments; --`, []],
  ])('finds %s', async (_what, query, expected) => {
    expect(await ids({ query })).toEqual(expected);
  });
  it('sums what it finds, whatever the page', async () => {
    const found = await payments({ query: 'exemple.fr', page_size: 2 });
    expect(found).toMatchObject({
      total: 9,
      totals: [
        {
          currency: 'EUR',
          succeeded_cents: 12_000,
          failed_cents: 6_000,
          refunded_cents: 1_500,
          succeeded_count: 6,
          failed_count: 3,
        },
      ],
    });
    expect(found.rows).toHaveLength(2);
    expect((await payments()).totals).toEqual(found.totals);
  });
  it('filters by state, moment and both with a search', async () => {
    expect(await ids({ statuses: ['failed'] })).toHaveLength(3);
    expect(await ids({ statuses: ['refunded'] })).toHaveLength(3);
    expect(await ids({ statuses: ['disputed'] })).toEqual(['ch_brun3']);
    expect(await ids({ from_time: '2026-02-10T12:00:00Z', to_time: '2026-03-10T12:00:00Z' })).toHaveLength(3);
    expect(await ids({ query: 'anna', statuses: ['failed', 'refunded'] })).toEqual(['ch_anna2', 'ch_anna3']);
    expect(await ids({ query: 'ch_anna3', to_time: '2026-03-01T00:00:00Z' })).toEqual([]);
  });
  it('sorts, and gives every row once over its pages', async () => {
    const seen: string[] = [];
    for (let page = 1; page <= 5; page += 1)
      seen.push(...(await ids({ page, page_size: 2, sort: 'amount', descending: true })));
    expect([seen.length, new Set(seen).size]).toEqual([9, 9]);
    expect(seen.slice(0, 3).every((id) => id.endsWith('3'))).toBe(true);
  });
  it('names the customer', async () =>
    expect((await payments({ query: 'anna' })).rows[0]).toMatchObject({ customer_name: 'Anna Müller' }));
  it.each([
    ['a column it has not', { sort: 'email; drop' }],
    ['an unknown state', { statuses: ['paid'] }],
    ['page 0', { page: 0 }],
    ['a page of 5,001', { page_size: 5_001 }],
    ['a search of 301 characters', { query: 'x'.repeat(301) }],
  ])('refuses %s', async (_what, args) => {
    await expect(payments(args)).rejects.toMatchObject({ code: '22023', hint: 'invalid_argument' });
  });
});

interface Subscriptions {
  total: number;
  rows: Array<{ stripe_subscription_id: string; customer_name: string | null }>;
}
const subscriptions = async (args: Record<string, Value>) => {
  const { total, rows } = await call<Subscriptions>('search_subscriptions', {
    sort: 'email',
    descending: false,
    ...args,
  });
  expect(total).toBe(rows.length);
  return rows.map(({ stripe_subscription_id }) => stripe_subscription_id);
};

describe('search_subscriptions()', () => {
  it.each([
    ['part of an e-mail', { query: 'RUNO' }, ['sub_brun']],
    ['a wildcard, literally', { query: '100%' }, ['sub_brun']],
    ['a name without its accents', { query: 'muller' }, ['sub_anna']],
    ['a company', { query: 'PATISSERIE' }, ['sub_brun']],
    ['a whole subscription id', { query: 'sub_chlo' }, ['sub_chlo']],
    ['a whole customer id', { query: 'cus_anna' }, ['sub_anna']],
    ['no part of an id', { query: 'sub_ch' }, []],
    ['those of a state', { statuses: ['active', 'canceled'] }, ['sub_anna', 'sub_chlo']],
    ['those of a plan', { plans: ['starter'] }, ['sub_anna']],
    ['those that fail', { attention: 'failed' }, ['sub_brun']],
    ['those that end', { attention: 'canceling' }, ['sub_anna']],
    ['those without a licence, running', { attention: 'unlinked' }, ['sub_anna', 'sub_brun']],
    [
      'all of it together',
      { query: 'exemple', statuses: ['past_due'], plans: ['premium'], attention: 'failed' },
      ['sub_brun'],
    ],
  ] as [string, Record<string, Value>, string[]][])('finds %s', async (_what, args, expected) => {
    expect(await subscriptions(args)).toEqual(expected);
  });
  it.each([[{ attention: 'late' }], [{ statuses: ['late'] }], [{ sort: 'name' }]] as Record<string, Value>[][])(
    'refuses %j',
    async (args) => {
      await expect(subscriptions(args!)).rejects.toMatchObject({ code: '22023', hint: 'invalid_argument' });
    },
  );
});

it('neither answers somebody before the second factor, nor nobody', async () => {
  const half = await db.addStaff('admin', { aal: 'aal1' });
  const inner = {
    search_payments: `null, null, null, null, null, null, 'amount', true, 0, 1`,
    search_subscriptions: `null, null, null, null, null, 'email', true, 0, 1`,
  };
  for (const [name, args] of Object.entries(inner)) {
    await expect(call(name, {}, half)).rejects.toMatchObject({ code: '42501' });
    await expect(db.asAnon((sql) => sql.unsafe(`select public.${name}()`))).rejects.toMatchObject({ code: '42501' });
    await expect(db.as(viewer, (sql) => sql.unsafe(`select private.${name}(${args})`))).rejects.toMatchObject({
      code: '22023',
    });
  }
});
