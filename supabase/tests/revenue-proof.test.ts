import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLicense, createTestDatabase, type Persona, type TestDatabase } from './database.ts';
import { applyFetched, event, invoice, mirrored, receive, start, subscription } from './stripe.ts';

let db: TestDatabase;
let admin: Persona;
beforeAll(async () => {
  db = await createTestDatabase();
  admin = await db.addStaff('admin');
});
afterAll(() => db.drop());

const prove = async () => (await db.sql`select private.prove_revenue() as proven`)[0]!['proven'] as boolean;
const latest = async () => (await db.sql`select * from public.revenue_proofs order by proved_at desc limit 1`)[0]!;
const restated = async (customerId: string) => [
  ...(await db.sql`select day::text, currency, before, after, why from public.metric_restatements
    where customer_id = ${customerId} order by restated_at, day`),
];
const days = (count: number) => start + count * 86_400;

describe('the proof', () => {
  it('holds over subscriptions and licences, in each currency', async () => {
    await mirrored(db.sql, { paid: true });
    await mirrored(db.sql, { paid: true, currency: 'usd', unitAmount: 3500 });
    await mirrored(db.sql, { status: 'trialing', trial_end: days(7) });
    await db.sql`select public.create_license('by-transfer@example.com', 'HWID-PROOF', 'starter',
      payment_method => 'bank_transfer', send_email => false)`;
    await createLicense(db.sql);
    expect(await prove()).toBe(true);
    expect(await latest()).toMatchObject({
      is_proven: true,
      suspects: [],
      currencies: [
        { currency: 'EUR', movements_cents: 4800, live_cents: 4800, customers_off: 0 },
        { currency: 'USD', movements_cents: 3500, live_cents: 3500, customers_off: 0 },
      ],
    });
    const [health] = await db.as(admin, (sql) => sql`select public.stripe_health() -> 'proof' as proof`);
    expect(health!['proof']).toMatchObject({ is_proven: true, suspects: [] });
    expect(await db.sql`select from public.alerts where kind = 'revenue_differs'`).toHaveLength(0);
  });

  it('fails when a movement was taken away: alerted once a day, with who is concerned', async () => {
    const { row } = await mirrored(db.sql, { paid: true });
    await db.sql`delete from public.mrr_movements where subscription_id = ${row.id}`;
    expect(await prove()).toBe(false);
    expect(await prove()).toBe(false);
    expect((await latest())['suspects']).toEqual([row.customer_id]);
    const alerts = await db.sql`select severity, data from public.alerts where kind = 'revenue_differs'`;
    expect([...alerts]).toEqual([{ severity: 'error', data: { count: 1, amount_cents: -2900, currency: 'EUR' } }]);
    await db.sql`insert into public.mrr_movements (customer_id, subscription_id, kind, amount_cents, currency,
      occurred_at) values (${row.customer_id}, ${row.id}, 'new', 2900, 'EUR', now())`;
    expect(await prove()).toBe(true);
  });

  it('fails when two customers are wrong by the same amount, which a sum does not see', async () => {
    const [one, other] = [await mirrored(db.sql, { paid: true }), await mirrored(db.sql, { paid: true })];
    await db.sql`update public.mrr_movements set customer_id = ${other.row.customer_id}
      where subscription_id = ${one.row.id}`;
    expect(await prove()).toBe(false);
    const { currencies, suspects } = await latest();
    expect(currencies[0]).toMatchObject({ currency: 'EUR', customers_off: 2 });
    expect(currencies[0].movements_cents).toBe(currencies[0].live_cents);
    expect([...suspects].sort()).toEqual([one.row.customer_id, other.row.customer_id].sort());
    await db.sql`update public.mrr_movements set customer_id = ${one.row.customer_id}
      where subscription_id = ${one.row.id}`;
  });

  it('is made each night, and after each full comparison', async () => {
    const [job] = await db.sql`select schedule from cron.job where jobname = 'prove-revenue'`;
    expect(job).toEqual({ schedule: '20 5 * * *' });
    const [run] = await db.sql`insert into public.stripe_syncs (kind, status) values ('full', 'running') returning id`;
    const before = (await latest())['id'];
    await db.sql`select private.finish_stripe_sync(${run!['id']})`;
    expect((await latest())['id']).not.toBe(before);
  });
});

describe('a figure that was shown', () => {
  it('changes only with a line that says so: by a late event', async () => {
    const { bought, payer, row } = await mirrored(db.sql, { paid: true });
    const seen = await restated(row.customer_id);
    expect(seen).toMatchObject([{ before: null, after: { kind: 'expansion', amount_cents: 2900 }, why: 'late' }, {}]);
    const dearer = { ...subscription(payer.id, { plan: 'enterprise' }), id: bought.id };
    await receive(db.sql, event('customer.subscription.updated', dearer, days(2)));
    expect((await restated(row.customer_id)).slice(seen.length)).toMatchObject([
      {
        day: '2026-10-03',
        currency: 'EUR',
        before: null,
        after: { kind: 'expansion', amount_cents: 7000 },
        why: 'late',
      },
    ]);
  });

  it('by an earlier first payment: on the earlier day, before and after', async () => {
    const { bought, row } = await mirrored(db.sql);
    await receive(
      db.sql,
      event('invoice.paid', invoice(bought, { status_transitions: { paid_at: days(9) } }), days(9)),
    );
    const seen = await restated(row.customer_id);
    const earlier = invoice(bought, { status_transitions: { paid_at: days(1) } });
    await applyFetched(db.sql, [{ object: earlier, as_of: days(9) + 5 }]);
    expect((await restated(row.customer_id)).slice(seen.length)).toMatchObject([
      {
        day: '2026-10-02',
        why: 'first_payment',
        before: { kind: 'new', amount_cents: 2900, occurred_at: '2026-10-10T00:00:00+00:00' },
        after: { kind: 'new', amount_cents: 2900, occurred_at: '2026-10-02T00:00:00+00:00' },
      },
    ]);
  });

  it.each([
    ['changed', (id: string) => db.sql`update public.mrr_movements set amount_cents = 1 where subscription_id = ${id}`],
    ['deleted', (id: string) => db.sql`delete from public.mrr_movements where subscription_id = ${id}`],
  ])('by hand, whatever the day: %s', async (what, act) => {
    const now = Math.floor(Date.now() / 1000);
    const { row } = await mirrored(db.sql, { start_date: now });
    await db.sql`select private.record_mrr_change(${row.customer_id}, null, ${row.id}, 2900::bigint, 'EUR', now())`;
    expect(await restated(row.customer_id)).toEqual([]);
    await act(row.id);
    expect(await restated(row.customer_id)).toMatchObject([
      { why: 'by_hand', before: { amount_cents: 2900 }, after: what === 'deleted' ? null : { amount_cents: 1 } },
    ]);
    await db.sql`delete from public.mrr_movements where subscription_id = ${row.id}`;
  });

  it('what only learns its licence is no other figure', async () => {
    const email = 'linked-later@example.com';
    const license = await createLicense(db.sql, { email });
    const { row } = await mirrored(db.sql, { email, paid: true });
    const seen = await restated(row.customer_id);
    await db.sql`update public.subscriptions set license_id = ${license.id} where id = ${row.id}`;
    expect(await restated(row.customer_id)).toEqual(seen);
  });

  it('nobody writes or wipes a restatement through the API; who reads payments reads it', async () => {
    await expect(db.as(admin, (sql) => sql`delete from public.metric_restatements`)).rejects.toMatchObject({
      code: '42501',
    });
    const viewer = await db.addStaff('viewer');
    expect((await db.as(viewer, (sql) => sql`select id from public.metric_restatements`)).length).toBeGreaterThan(0);
    const early = await db.addStaff('admin', { aal: 'aal1' });
    expect(await db.as(early, (sql) => sql`select id from public.metric_restatements`)).toHaveLength(0);
  });
});
