import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type Persona, type TestDatabase } from './database.ts';
import { call, newCustomer } from './tickets.ts';

let db: TestDatabase;
let viewer: Persona;
beforeAll(async () => {
  db = await createTestDatabase();
  viewer = await db.addStaff('viewer');
});
afterAll(() => db.drop());

type Customer = Awaited<ReturnType<typeof newCustomer>>;
const DAY = 86_400_000;
const at = (daysAgo: number) => new Date(Date.now() - daysAgo * DAY);
let serial = 0;
const pay = (of: Customer, date: Date, over: Record<string, unknown> = {}) =>
  db.sql`insert into public.payments ${db.sql({
    license_id: of.licenseId,
    customer_id: of.customerId,
    email: of.email,
    stripe_payment_id: `ch_revenue${(serial += 1)}`,
    amount: 2900,
    status: 'succeeded',
    payment_date: date,
    livemode: false,
    ...over,
  } as never)}`;
const revenueOf = async (of: Customer) =>
  (await call(db, viewer, 'get_license', { license_id: of.licenseId })).revenue.map((row) => ({ ...row, since: '' }));

describe('revenue to date', () => {
  it('is what was paid less what was refunded and lost, in each currency', async () => {
    const customer = await newCustomer(db);
    await pay(customer, at(70));
    await pay(customer, at(40), { amount_refunded: 900 });
    await pay(customer, at(39), { amount_lost: 2900, dispute_status: 'lost' });
    await pay(customer, at(10), { status: 'failed' });
    await pay(customer, at(9), { status: 'pending' });
    await pay(customer, at(5), { currency: 'JPY', amount: 500 });
    expect(await revenueOf(customer)).toEqual([
      {
        currency: 'EUR',
        cents: 4900,
        succeeded_cents: 8700,
        refunded_cents: 900,
        lost_cents: 2900,
        since: '',
        months: 2,
      },
      { currency: 'JPY', cents: 500, succeeded_cents: 500, refunded_cents: 0, lost_cents: 0, since: '', months: 1 },
    ]);
    const { revenue } = await call(db, viewer, 'get_customer', { customer_id: customer.customerId });
    expect(revenue.map(({ currency, cents }) => [currency, cents])).toEqual([
      ['EUR', 4900],
      ['JPY', 500],
    ]);
    expect(Date.parse(revenue[0]!.since)).toBeCloseTo(at(70).getTime(), -5);
  });

  it('is nothing where nothing was ever paid', async () => {
    const customer = await newCustomer(db);
    await pay(customer, at(3), { status: 'failed' });
    expect(await revenueOf(customer)).toEqual([]);
  });

  it('of twelve payments spans twelve months, and no more while the last one lasts', async () => {
    const customer = await newCustomer(db);
    const months = (count: number) =>
      db.sql<[{ at: Date }]>`select now() - make_interval(months => ${count}, days => -1) as at`.then(
        ([row]) => row.at,
      );
    for (let month = 12; month >= 1; month -= 1) await pay(customer, await months(month));
    await db.sql`update public.licenses set paid_until = now() + interval '1 day' where id = ${customer.licenseId}`;
    expect(await revenueOf(customer)).toMatchObject([{ cents: 34_800, months: 12 }]);
  });

  it('of one payment for a year spans the months that have begun, the whole year once it is over', async () => {
    const customer = await newCustomer(db);
    await pay(customer, at(100), { amount: 29_000 });
    await db.sql`update public.licenses set paid_until = now() + interval '265 days' where id = ${customer.licenseId}`;
    expect(await revenueOf(customer)).toMatchObject([{ cents: 29_000, months: 4 }]);
    const gone = await newCustomer(db);
    await pay(gone, at(500), { amount: 29_000 });
    await db.sql`update public.licenses set paid_until = (select payment_date + interval '1 year' from public.payments
      where license_id = ${gone.licenseId}) where id = ${gone.licenseId}`;
    expect(await revenueOf(gone)).toMatchObject([{ cents: 29_000, months: 12 }]);
  });

  it.each([
    ['2026-01-15T09:00:10Z', '2026-12-15T09:00:00Z', 11],
    ['2026-01-15T09:00:10Z', '2026-12-16T09:00:00Z', 12],
    ['2026-01-31T12:00:00Z', '2026-02-28T12:00:00Z', 1],
    ['2026-03-01T00:30:00Z', '2026-03-01T00:30:00Z', 1],
    // In Paris the first is 1 March already.
    ['2026-02-28T23:30:00Z', '2026-04-01T08:00:00Z', 1],
  ])('from %s to %s has begun %i months', async (since, until, months) => {
    const [row] = await db.sql`select private.months_begun(${since}, ${until}) as months`;
    expect(row!['months']).toBe(months);
  });
});
