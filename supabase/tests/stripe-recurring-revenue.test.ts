import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from './database.ts';
import {
  applyFetched,
  coupon,
  discount,
  event,
  held,
  invoice,
  mirrored,
  receive,
  start,
  subscription,
} from './stripe.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());

const movements = (customerId: unknown) =>
  db.sql`select kind, amount_cents from public.mrr_movements where customer_id = ${customerId as string}
    order by occurred_at, created_at`;
const later = (days: number) => start + days * 86_400;

describe('recurring revenue', () => {
  const forever = coupon();

  it.each([
    ['monthly', {}, 2900],
    ['yearly, a twelfth', { interval: 'year' as const, unitAmount: 29_900 }, 2492],
    ['every three months, a third', { intervalCount: 3, unitAmount: 9000 }, 3000],
    ['three of them', { quantity: 3 }, 8700],
    ['half price for ever', { discounts: [discount(forever)] }, 1450],
    ['half price for three months', { discounts: [discount(coupon({ duration: 'repeating' }))] }, 2900],
    [
      '5 € off for ever',
      { discounts: [discount(coupon({ percent_off: null, amount_off: 500, currency: 'eur' }))] },
      2400,
    ],
    [
      'more off than it costs',
      { discounts: [discount(coupon({ percent_off: null, amount_off: 5000, currency: 'eur' }))] },
      0,
    ],
    ['free of charge', { unitAmount: 0 }, 0],
  ])('%s', async (_, input, cents) => {
    expect((await mirrored(db.sql, { ...input, paid: true })).row).toMatchObject({
      mrr_cents: cents,
      paying_mrr_cents: cents,
    });
  });

  it('a discount not expanded and not known is asked for', async () => {
    const { bought, payer } = await mirrored(db.sql);
    const answer = await receive(
      db.sql,
      event('customer.subscription.updated', { ...bought, discounts: ['di_unknown'] }, start + 9),
    );
    expect(answer).toMatchObject({ status: 'fetch', fetch: [{ kind: 'subscription', id: bought.id }] });
    const off = coupon();
    const own = discount(off, { id: 'di_unknown' });
    const listed = await applyFetched(db.sql, [{ object: { ...bought, discounts: [own] }, as_of: start + 9 }]);
    expect(listed).toMatchObject({ fetch: [{ kind: 'subscription_coupons', id: bought.id }, {}] });
    await applyFetched(
      db.sql,
      [off, { ...bought, discounts: [own] }].map((object) => ({ object, as_of: start + 9 })),
    );
    expect(
      await receive(
        db.sql,
        event(
          'customer.subscription.updated',
          { ...bought, discounts: ['di_unknown'], customer: payer.id },
          start + 20,
        ),
      ),
    ).toEqual({ status: 'processed' });
    expect(await held(db.sql, bought.id)).toMatchObject({
      mrr_cents: 1450,
      discounts: [expect.objectContaining({ percent_off: 50, duration: 'forever', name: 'Black Friday' })],
    });
  });
});

describe('movements', () => {
  it('new, expansion, contraction, churn, reactivation add up to what is paid', async () => {
    const { bought, payer, row } = await mirrored(db.sql, { plan: 'starter', paid: true });
    const on = (plan: 'starter' | 'premium' | 'enterprise') => ({ ...subscription(payer.id, { plan }), id: bought.id });
    await receive(db.sql, event('customer.subscription.updated', on('enterprise'), later(2)));
    await receive(db.sql, event('customer.subscription.updated', on('premium'), later(4)));
    await receive(
      db.sql,
      event(
        'customer.subscription.deleted',
        { ...on('premium'), status: 'canceled', ended_at: later(6), canceled_at: later(6) },
        later(6),
      ),
    );
    const again = subscription(payer.id, { plan: 'starter', start_date: later(20) });
    await applyFetched(db.sql, [
      { object: again, as_of: later(20) },
      { object: invoice(again, { status_transitions: { paid_at: later(20) } }), as_of: later(20) },
    ]);
    expect(await movements(row.customer_id)).toEqual([
      { kind: 'new', amount_cents: 1900 },
      { kind: 'expansion', amount_cents: 8000 },
      { kind: 'contraction', amount_cents: -7000 },
      { kind: 'churn', amount_cents: -2900 },
      { kind: 'reactivation', amount_cents: 1900 },
    ]);
  });

  it('changes of one customer within an hour are one movement', async () => {
    const { bought, payer, row } = await mirrored(db.sql, { plan: 'starter', paid: true });
    const on = (plan: 'starter' | 'premium' | 'enterprise') => ({ ...subscription(payer.id, { plan }), id: bought.id });
    await receive(db.sql, event('customer.subscription.updated', on('enterprise'), start + 600));
    await receive(db.sql, event('customer.subscription.updated', on('premium'), start + 1200));
    expect(await movements(row.customer_id)).toEqual([{ kind: 'new', amount_cents: 2900 }]);
    await receive(db.sql, event('customer.subscription.updated', on('enterprise'), later(1)));
    await receive(db.sql, event('customer.subscription.updated', on('premium'), later(1) + 60));
    expect(await movements(row.customer_id)).toEqual([{ kind: 'new', amount_cents: 2900 }]);
  });

  it('a subscription that takes the place of another within the hour is no churn and no expansion', async () => {
    const { bought, payer, row } = await mirrored(db.sql, { paid: true });
    const next = subscription(payer.id, { start_date: later(3) });
    const ended = { ...bought, status: 'canceled', ended_at: later(3) + 600, canceled_at: later(3) + 600 };
    await applyFetched(db.sql, [
      { object: next, as_of: later(3) },
      { object: invoice(next, { status_transitions: { paid_at: later(3) } }), as_of: later(3) },
    ]);
    await receive(db.sql, event('customer.subscription.deleted', ended, later(3) + 600));
    const sums = await db.sql`select kind, sum(amount_cents)::int as cents from public.mrr_movements
      where customer_id = ${row.customer_id} group by kind order by kind`;
    expect(sums).toEqual([
      { kind: 'expansion', cents: 0 },
      { kind: 'new', cents: 2900 },
    ]);
  });

  it('a second licence of a paying customer is expansion, its end contraction', async () => {
    const { payer, row } = await mirrored(db.sql, { paid: true });
    const other = subscription(payer.id, { plan: 'starter', start_date: later(3) });
    await applyFetched(db.sql, [
      { object: other, as_of: later(3) },
      { object: invoice(other, { status_transitions: { paid_at: later(3) } }), as_of: later(3) },
    ]);
    await receive(
      db.sql,
      event(
        'customer.subscription.deleted',
        { ...other, status: 'canceled', ended_at: later(9), canceled_at: later(9) },
        later(9),
      ),
    );
    expect(await movements(row.customer_id)).toEqual([
      { kind: 'new', amount_cents: 2900 },
      { kind: 'expansion', amount_cents: 1900 },
      { kind: 'contraction', amount_cents: -1900 },
    ]);
  });

  it('are the same in whatever order they become known', async () => {
    const { payer, row } = await mirrored(db.sql, { paid: true, start_date: later(30) });
    const first = subscription(payer.id, { plan: 'starter' });
    await db.sql`update public.subscriptions set first_paid_at = ${new Date(later(30) * 1000)} where id = ${row.id}`;
    await db.sql`delete from public.mrr_movements where subscription_id = ${row.id}`;
    await db.sql`select private.record_mrr_change(${row.customer_id}, null, ${row.id}, 2900::bigint, 'EUR',
      ${new Date(later(30) * 1000)})`;
    await applyFetched(db.sql, [
      { object: first, as_of: start },
      { object: invoice(first), as_of: start },
    ]);
    expect(await movements(row.customer_id)).toEqual([
      { kind: 'new', amount_cents: 1900 },
      { kind: 'expansion', amount_cents: 2900 },
    ]);
  });

  it('a licence paid by transfer moves revenue too, and hands over to a subscription without a jump', async () => {
    const email = `transfer-${crypto.randomUUID()}@example.com`;
    const [made] = await db.sql`select public.create_license(${email}, 'HWID-TRANSFER', 'premium',
        payment_method => 'bank_transfer', send_email => false) as license`;
    const { row } = await mirrored(db.sql, { email, licenseId: made!['license'].id, plan: 'premium' });
    const [sum] = await db.sql`select sum(amount_cents)::int as total from public.mrr_movements
        where customer_id = ${row.customer_id}`;
    expect(sum).toEqual({ total: 2900 });
  });

  it('who changes his currency leaves one and is new in the other', async () => {
    const { bought, payer, row } = await mirrored(db.sql, { paid: true });
    const abroad = { ...subscription(payer.id, { currency: 'usd', unitAmount: 3500 }), id: bought.id };
    await receive(db.sql, event('customer.subscription.updated', abroad, later(5)));
    const told = await db.sql`select kind, amount_cents, currency from public.mrr_movements
      where customer_id = ${row.customer_id} order by occurred_at, currency`;
    expect(told).toEqual([
      { kind: 'new', amount_cents: 2900, currency: 'EUR' },
      { kind: 'churn', amount_cents: -2900, currency: 'EUR' },
      { kind: 'new', amount_cents: 3500, currency: 'USD' },
    ]);
    const admin = await db.addStaff('admin');
    const [whole] = await db.as(admin, (sql) => sql`select public.get_subscription(${row.id}) as details`);
    expect(whole!['details'].mrr_total).toEqual([{ currency: 'USD', cents: 3500 }]);
  });
});
