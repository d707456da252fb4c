import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../database.ts';
import { Random } from './random.ts';
import { createWorld, type World } from './world.ts';

let db: TestDatabase;
let world: World;
/** `npm run endure` tells of two thousand. */
const people = Number(process.env['STRIPE_PAST'] ?? 40);
const patience = 60_000 + people * 500;

beforeAll(async () => {
  db = await createTestDatabase();
  world = await createWorld(db.sql, new Random(11));
  await liveThrough();
}, patience);
afterAll(() => db.drop());

/**
 * An account of years: deleted customers, guests, some without an address, paused, disputed, suspected, credited, in
 * debt, gone, in three currencies.
 */
async function liveThrough(): Promise<void> {
  const { stripe, standIn } = world;
  const { control } = standIn;
  const euro = (await stripe.prices.list({ lookup_keys: ['premium_month'] })).data[0]!.id;
  const product = await stripe.products.create({ name: 'Abroad' });
  const made = async (unit_amount: number, currency: string, metadata: Record<string, string>) =>
    (
      await stripe.prices.create({
        product: product.id,
        unit_amount,
        currency,
        recurring: { interval: 'month' },
        metadata,
      })
    ).id;
  const dollar = await made(3500, 'usd', { plan: 'premium' });
  const yen = await made(3500, 'jpy', { plan: 'premium' });
  const addOn = await made(700, 'eur', {});
  for (let number = 0; number < people; number += 1) {
    const odd = number % 10;
    const email = odd === 0 ? null : odd === 1 ? `client${number}@müller.example` : `client${number}@example.com`;
    const customer = await stripe.customers.create({
      ...(email ? { email } : {}),
      payment_method: 'pm_card_visa',
      invoice_settings: { default_payment_method: 'pm_card_visa' },
    });
    const subscription = await stripe.subscriptions.create({
      customer: customer.id,
      items: [
        ...(odd === 2 ? [{ price: addOn }] : []),
        { price: odd !== 3 ? euro : number % 20 === 3 ? dollar : yen, quantity: (number % 3) + 1 },
      ],
    });
    if (odd === 4) control.payByDebit(customer.id);
    if (odd === 5) control.failAlways(customer.id, 'insufficient_funds');
    control.advanceCustomer(customer.id, 'next_invoice');
    if (odd === 6) await stripe.customers.del(customer.id);
    if (number % 20 === 1) await stripe.subscriptions.cancel(subscription.id);
    if (odd === 7) await stripe.subscriptions.update(subscription.id, { pause_collection: { behavior: 'void' } });
    const [charge] = (await stripe.charges.list({ customer: customer.id, limit: 1 })).data;
    if (odd === 8) {
      const dispute = control.openDispute(charge!.id, { isInquiry: number === 8 });
      if (number === 18) control.closeDispute(dispute.id, 'won');
      if (number === 28) control.closeDispute(dispute.id, 'lost');
    }
    if (number === 19) control.warnOfFraud(charge!.id);
    if (odd === 9) await stripe.refunds.create({ charge: charge!.id, amount: 500 });
    if (number % 4 === 0) control.chargeGuest(1500 + number, 'eur');
    if (number === 12)
      await stripe.creditNotes.create({
        invoice: String(subscription.latest_invoice),
        amount: 700,
        out_of_band_amount: 700,
      });
  }
}

const one = async (query: string) => Number(Object.values((await db.sql.unsafe(query))[0]!)[0]);
const lastRun = async () =>
  (
    await db.sql`select status, drift_count, left_out_count from public.stripe_syncs where kind = 'full'
      order by created_at desc, finished_at desc limit 1`
  )[0];

it(
  'the first comparison reads it in, tells nobody of the past, and says what it left out',
  async () => {
    await world.compareAll();
    // Subscription and invoices of those without an address.
    const nameless = people / 10;
    expect(await lastRun()).toEqual({ status: 'succeeded', drift_count: 0, left_out_count: nameless * 3 });
    const left =
      await db.sql`select distinct object_type, action, fields #>> '{error,stripe}' like '%no usable e-mail' as why
    from public.stripe_drifts order by object_type`;
    expect([...left]).toEqual([
      { object_type: 'invoice', action: 'left_out', why: true },
      { object_type: 'subscription', action: 'left_out', why: true },
    ]);
    expect(await one('select count(*) from public.alerts')).toBe(0);
    expect(await one('select count(*) from public.email_outbox')).toBe(0);
    expect(await one('select count(*) from public.subscriptions')).toBe(people - nameless);
    // Deleted customers are known by their invoices, guests and nameless ones by what they paid.
    expect(
      await one(
        'select count(*) from private.stripe_customers where deleted_at is not null and customer_id is not null',
      ),
    ).toBe(nameless);
    expect(
      await one(`select count(*) from public.payments where customer_id is null and stripe_customer_id is null`),
    ).toBe(people / 4);
    expect(await one(`select count(*) from public.customers where email like '%@xn--mller-kva.example'`)).toBe(
      nameless,
    );
  },
  patience,
);

it(
  'every charge is there, to the cent and by currency',
  async () => {
    const charges = await world.stripe.charges.list({ limit: 100 }).autoPagingToArray({ limit: 10_000 });
    const taken = (currency: string) =>
      charges
        .filter((charge) => charge.status === 'succeeded' && charge.currency === currency)
        .reduce((sum, charge) => sum + charge.amount - charge.amount_refunded, 0);
    const lost = (await world.stripe.disputes.list({ limit: 100 }).autoPagingToArray({ limit: 10_000 }))
      .filter(({ status }) => status === 'lost')
      .reduce((sum, { amount }) => sum + amount, 0);
    expect(lost).toBeGreaterThan(0);
    expect(await one('select sum(amount_lost) from public.payments')).toBe(lost);
    expect(await one(`select count(*) from public.payments where fraud_type is not null`)).toBe(1);
    expect(await one('select sum(total) from public.credit_notes')).toBe(700);
    for (const currency of ['eur', 'usd', 'jpy'])
      expect(
        await one(`select sum(amount - amount_refunded) from public.payments
        where status = 'succeeded' and currency = '${currency.toUpperCase()}'`),
      ).toBe(taken(currency));
    expect(await one('select count(*) from public.revenue_proofs where is_proven')).toBe(1);
    // The past is no restatement.
    expect(await one('select count(*) from public.metric_restatements')).toBe(0);
  },
  patience,
);

it(
  'the second finds nothing, and tells nothing again',
  async () => {
    expect(await world.compareAll()).toEqual([]);
    expect(await lastRun()).toMatchObject({ status: 'succeeded', drift_count: 0, left_out_count: (people / 10) * 3 });
    expect(await one('select count(*) from public.alerts')).toBe(0);
  },
  patience,
);

it(
  'whoever gets his address then brings along all that was billed to him',
  async () => {
    const nameless =
      await db.sql`select stripe_customer_id as id from private.stripe_customers where customer_id is null`;
    for (const [index, { id }] of nameless.entries())
      await world.stripe.customers.update(id as string, { email: `late${index}@example.com` });
    for (const event of world.standIn.events.take().filter(({ type }) => type === 'customer.updated'))
      await world.deliver(event);
    expect(await one('select count(*) from public.subscriptions')).toBe(people);
    expect(await world.compareAll()).toEqual([]);
    expect(await lastRun()).toMatchObject({ drift_count: 0, left_out_count: 0 });
  },
  patience,
);

it('what the other mode tells is kept, and weighs nothing', async () => {
  const before = await one('select count(*) from public.subscriptions');
  const payer = await world.stripe.customers.create({ email: 'live@example.com', payment_method: 'pm_card_visa' });
  await world.stripe.subscriptions.create({
    customer: payer.id,
    items: [{ price: (await world.stripe.prices.list({ lookup_keys: ['premium_month'] })).data[0]!.id }],
  });
  const live = world.standIn.events.take().map((event) => ({ ...event, id: `${event.id}_live`, livemode: true }));
  expect(live.length).toBeGreaterThan(3);
  for (const event of live) expect(await world.deliver(event as never)).toBe(200);
  expect(await one('select count(*) from public.subscriptions')).toBe(before);
  expect(await one(`select count(*) from public.stripe_events where livemode and status = 'ignored'`)).toBe(
    live.length,
  );
});
