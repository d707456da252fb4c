import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLicense, createTestDatabase, type TestDatabase } from './database.ts';
import {
  applyFetched,
  charge,
  customer,
  event,
  invoice,
  invoicePayment,
  receive,
  start,
  subscription,
} from './stripe.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());

/** Somebody who bought in one mode, whole. */
async function buyer(email: string, livemode: boolean) {
  const made = await createLicense(db.sql, { email });
  const payer = customer({ email, livemode });
  const bought = subscription(payer.id, { livemode, metadata: { license_id: made.id } });
  const bill = invoice(bought, { livemode });
  const money = charge(payer.id, { livemode });
  const objects = [payer, bought, bill, invoicePayment(bill.id, money.payment_intent), money];
  await applyFetched(
    db.sql,
    objects.map((object) => ({ object, as_of: start })),
  );
  await receive(db.sql, event('customer.updated', payer, start + 5, { livemode }));
  return { made, payer, bought };
}
const count = async (table: string) =>
  Number((await db.sql`select count(*) as count from ${db.sql(table)}`)[0]!['count']);
const mrr = async () =>
  (await db.sql`select coalesce(sum(amount_cents), 0)::int as sum from public.mrr_movements`)[0]!['sum'];

it('what test mode left is cleared, what is live stays, and who bought in test can buy', async () => {
  const test = await buyer('tester@example.com', false);
  const live = await buyer('real@example.com', true);
  await db.sql`insert into public.stripe_syncs (kind, status, finished_at) values ('full', 'succeeded', now())`;
  await db.sql`select private.note_stripe_account('{"livemode": true}')`;
  const admin = await db.addStaff('admin');
  const state = async () =>
    (await db.as(admin, (sql) => sql`select public.stripe_health() -> 'account' as account`))[0]!['account'];
  expect(await state()).toMatchObject({ mode: 'live', rows_of_other_mode: 2 });
  expect(await mrr()).toBe(5800);
  const [row] = await db.sql`select private.clear_stripe_test_mirror() as cleared`;
  expect(row!['cleared']).toEqual({ subscriptions: 1, payments: 1, customers: 1 });
  expect(await state()).toMatchObject({ rows_of_other_mode: 0 });
  expect(await mrr()).toBe(2900);
  for (const table of ['subscriptions', 'invoices', 'payments', 'stripe_events']) expect(await count(table)).toBe(1);
  const [license] = await db.sql`select stripe_subscription_id, payment_method, auto_renew, mrr_cents, deleted_at
    from public.licenses where id = ${test.made.id}`;
  expect(license).toEqual({
    stripe_subscription_id: null,
    payment_method: 'manual',
    auto_renew: false,
    mrr_cents: 0,
    deleted_at: null,
  });
  const [kept] = await db.sql`select stripe_subscription_id from public.licenses where id = ${live.made.id}`;
  expect(kept).toEqual({ stripe_subscription_id: live.bought.id });
  const customers = await db.sql`select email, stripe_customer_id from public.customers order by email`;
  expect([...customers]).toEqual([
    { email: 'real@example.com', stripe_customer_id: live.payer.id },
    { email: 'tester@example.com', stripe_customer_id: null },
  ]);
  expect((await db.sql`select private.has_stripe_baseline() as known`)[0]).toEqual({ known: false });
  const [told] = await db.sql`select event_data from public.events where event_type = 'stripe_test_cleared'`;
  expect(told!['event_data']).toMatchObject({ subscriptions: 1, payments: 1, customers: 1 });
  expect((await db.sql`select private.clear_stripe_test_mirror() as cleared`)[0]!['cleared']).toEqual({
    subscriptions: 0,
    payments: 0,
    customers: 0,
  });
  // He buys for real, and becomes known anew.
  const again = await buyer('tester@example.com', true);
  const [named] = await db.sql`select stripe_customer_id from public.customers where email = 'tester@example.com'`;
  expect(named).toEqual({ stripe_customer_id: again.payer.id });
});

it('is refused to whoever may not compare with Stripe', async () => {
  for (const role of ['support', 'viewer'] as const) {
    const person = await db.addStaff(role);
    await expect(db.as(person, (sql) => sql`select private.clear_stripe_test_mirror()`)).rejects.toMatchObject({
      code: '42501',
    });
  }
  expect(await count('subscriptions')).toBe(2);
});
