import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLicense, createTestDatabase, type TestDatabase } from './database.ts';
import {
  applyFetched,
  charge,
  compareOnce,
  customer,
  event,
  held,
  invoice,
  receive,
  start,
  subscription,
} from './stripe.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());
beforeEach(async () => {
  await db.sql`delete from public.alerts`;
});

const known = async (id: string) =>
  (await db.sql`select * from private.stripe_customers where stripe_customer_id = ${id}`)[0];
const ours = async (email: string) => (await db.sql`select * from public.customers where email = ${email}`)[0];
const payment = async (id: string) => (await db.sql`select * from public.payments where stripe_payment_id = ${id}`)[0];
const alerts = async () => (await db.sql`select kind from public.alerts`).map(({ kind }) => kind);
const fetched = (...objects: object[]) =>
  applyFetched(
    db.sql,
    objects.map((object) => ({ object, as_of: start })),
  );

/** Compares a page as the synchronisation does → what is to be fetched. */
async function compare(...objects: object[]) {
  const [run] = await db.sql`insert into public.stripe_syncs (kind, status) values ('full', 'running') returning id`;
  const [row] = await db.sql`select private.reconcile_stripe_objects(${run!['id']},
    ${JSON.stringify(objects)}::text::jsonb, clock_timestamp(), to_timestamp(${start + 5})) as fetches`;
  await db.sql`select private.finish_stripe_sync(${run!['id']})`;
  const [after] = await db.sql`select status, drift_count, left_out_count from public.stripe_syncs
    where id = ${run!['id']}`;
  const told = await db.sql`select object_id, action from public.stripe_drifts where sync_id = ${run!['id']}`;
  return { run: after!, told: [...told], fetches: row!['fetches'] as object[] };
}

describe('a customer without an address', () => {
  it.each([null, '', 'nonsense', 'jörg@example.com'])('as "%s" has a row, and no customer of ours', async (email) => {
    const payer = customer({ email });
    expect(await receive(db.sql, event('customer.created', payer))).toEqual({ status: 'processed' });
    expect(await known(payer.id)).toMatchObject({ customer_id: null, livemode: false });
    expect(await alerts()).toEqual([]);
  });

  it('pays: the money is there, without a customer; what he subscribes to is left out with its reason', async () => {
    const payer = customer({ email: null });
    const bought = subscription(payer.id);
    const money = charge(payer.id);
    await receive(db.sql, event('customer.created', payer));
    expect(await receive(db.sql, event('charge.succeeded', money))).toEqual({ status: 'processed' });
    expect(await payment(money.id)).toMatchObject({ customer_id: null, email: null, stripe_customer_id: payer.id });
    const created = event('customer.subscription.created', bought);
    const reason = `Stripe customer "${payer.id}" has no usable e-mail`;
    expect(await receive(db.sql, created)).toEqual({ status: 'ignored', error: reason });
    const [row] = await db.sql`select status, error, next_attempt_at from public.stripe_events
      where id = ${created.id}`;
    expect(row).toEqual({ status: 'ignored', error: reason, next_attempt_at: null });
    expect(await alerts()).toEqual([]);
  });

  it('gets one: he becomes ours, and all that was billed to him is asked for', async () => {
    const payer = customer({ email: null });
    const money = charge(payer.id);
    await receive(db.sql, event('customer.created', payer));
    await receive(db.sql, event('charge.succeeded', money));
    const named = { ...payer, email: 'Late@Example.com' };
    const updated = event('customer.updated', named, start + 9);
    const answer = await receive(db.sql, updated);
    expect(answer).toMatchObject({ status: 'fetch', fetch: [{ kind: 'customer', id: payer.id }] });
    const version = answer.fetch![0]!.version;
    const more = await applyFetched(db.sql, [{ object: named, as_of: start + 10, version }], updated, [payer.id]);
    expect(more).toMatchObject({ status: 'fetch', fetch: [{ kind: 'customer_history', id: payer.id }] });
    const bought = subscription(payer.id);
    const history = [invoice(bought), bought].map((object) => ({ object, as_of: start + 11 }));
    expect(await applyFetched(db.sql, history, updated, [payer.id])).toEqual({ status: 'processed' });
    const { id } = (await ours('late@example.com'))!;
    expect(await payment(money.id)).toMatchObject({ customer_id: id, email: 'late@example.com' });
    expect(await held(db.sql, bought.id)).toMatchObject({ customer_id: id });
    const [bill] = await db.sql`select subscription_id from public.invoices where customer_id = ${id}`;
    expect(bill!['subscription_id']).not.toBeNull();
  });

  it('is named by the licence of his subscription, or by the address on his invoice', async () => {
    const made = await createLicense(db.sql, { email: 'holder@example.com' });
    const byLicense = customer({ email: null });
    const bought = subscription(byLicense.id, { metadata: { license_id: made.id } });
    await fetched(byLicense, bought, invoice(bought));
    expect(await held(db.sql, bought.id)).toMatchObject({ email: 'holder@example.com', license_id: made.id });
    const byInvoice = customer({ email: null });
    const other = subscription(byInvoice.id);
    await fetched(byInvoice, { ...invoice(other), customer_email: 'Billed@Example.com' }, other);
    expect(await held(db.sql, other.id)).toMatchObject({ email: 'billed@example.com' });
  });
});

describe('an address with letters beyond ASCII', () => {
  it.each([
    ['anna@müller.de', 'anna@xn--mller-kva.de'],
    ['Anna@BÜCHER.example', 'anna@xn--bcher-kva.example'],
    ['a@例え.テスト', 'a@xn--r8jz45g.xn--zckzah'],
    ['a@пример.испытание', 'a@xn--e1afmkfd.xn--80akhbyknj4f'],
    ['a@faß.example', 'a@xn--fa-hia.example'],
    ['a@plain.example', 'a@plain.example'],
    ['no address', null],
  ])('%s is %s', async (written, spelt) => {
    expect((await db.sql`select private.spell_email(${written}) as spelt`)[0]).toEqual({ spelt });
  });

  it('is the same customer in either spelling', async () => {
    const [one, other] = [customer({ email: 'eva@köln.example' }), customer({ email: 'eva@xn--kln-sna.example' })];
    await fetched(one, other);
    expect((await known(one.id))!['customer_id']).toBe((await known(other.id))!['customer_id']);
  });
});

describe('a customer deleted at Stripe', () => {
  it('before we knew him has a row; what he paid is there, what he subscribed to is left out', async () => {
    const gone = { id: `cus_gone${Date.now()}`, object: 'customer', deleted: true };
    const money = charge(gone.id);
    expect(await fetched(gone, money)).toEqual({ status: 'processed' });
    expect(await known(gone.id)).toMatchObject({ customer_id: null, deleted_at: expect.any(Date) });
    expect(await payment(money.id)).toMatchObject({ customer_id: null, stripe_customer_id: gone.id });
    expect(await fetched(subscription(gone.id))).toMatchObject({ status: 'ignored' });
  });

  it('is no longer ours, and a new one of that address takes over', async () => {
    const [first, second] = [0, 1].map(() => customer({ email: 'again@example.com' })) as [
      ReturnType<typeof customer>,
      ReturnType<typeof customer>,
    ];
    await receive(db.sql, event('customer.created', first, start));
    await receive(db.sql, event('customer.deleted', first, start + 5));
    expect(await ours('again@example.com')).toMatchObject({ stripe_customer_id: null });
    const [link] = await db.sql`select private.prepare_checkout(${crypto.randomUUID()}, 'again@example.com', 'premium',
      'month', null, 'fr', false) ->> 'stripe_customer_id' as customer`;
    expect(link).toEqual({ customer: null });
    await receive(db.sql, event('customer.created', second, start + 9));
    expect(await ours('again@example.com')).toMatchObject({ stripe_customer_id: second.id });
    await receive(db.sql, event('customer.updated', { ...second, name: 'Anna' }, start + 20));
    expect(await ours('again@example.com')).toMatchObject({ name: 'Anna' });
    // What is told late of the first changes nothing.
    await receive(db.sql, event('customer.updated', { ...first, name: 'Bertha' }, start + 30));
    expect(await known(first.id)).toMatchObject({ deleted_at: expect.any(Date) });
    expect(await ours('again@example.com')).toMatchObject({ name: 'Anna', stripe_customer_id: second.id });
  });

  it('while another of his is there hands over to that one', async () => {
    const [first, second] = [0, 1].map(() => customer({ email: 'both@example.com' })) as [
      ReturnType<typeof customer>,
      ReturnType<typeof customer>,
    ];
    await fetched(first, second);
    await receive(db.sql, event('customer.deleted', first, start + 5));
    expect(await ours('both@example.com')).toMatchObject({ stripe_customer_id: second.id });
  });

  it('or of the other mode is not named by a payment link', async () => {
    await fetched(customer({ email: 'tester@example.com', livemode: false }));
    const link = async (livemode: boolean) =>
      (
        await db.sql`select private.prepare_checkout(${crypto.randomUUID()}, 'tester@example.com', 'premium', 'month',
          null, 'fr', ${livemode}) ->> 'stripe_customer_id' is not null as named`
      )[0]!['named'];
    expect([await link(false), await link(true)]).toEqual([true, false]);
  });
});

describe('what is paid without a customer', () => {
  it('is mirrored without one: no failure, no alert', async () => {
    const guest = { ...charge(''), customer: null, payment_intent: null, outcome: null, payment_method_details: null };
    const succeeded = event('charge.succeeded', guest);
    expect(await receive(db.sql, succeeded)).toEqual({ status: 'processed' });
    expect(await receive(db.sql, succeeded)).toEqual({ status: 'duplicate' });
    expect(await payment(guest.id)).toMatchObject({
      customer_id: null,
      email: null,
      status: 'succeeded',
      amount: 2900,
    });
    const refunded = { ...guest, amount_refunded: 500 };
    expect(await receive(db.sql, event('charge.refunded', refunded, start + 5))).toEqual({ status: 'processed' });
    expect(await payment(guest.id)).toMatchObject({ amount_refunded: 500 });
    expect(await alerts()).toEqual(['payment_refunded']);
    const viewer = await db.addStaff('viewer');
    const [page] = await db.as(
      viewer,
      (sql) => sql`select public.search_payments(query => ${guest.id}) -> 'rows' -> 0 as row`,
    );
    expect(page!['row']).toMatchObject({ stripe_payment_id: guest.id, email: null, customer_name: null });
  });

  it('holds amounts above two thousand million', async () => {
    const payer = customer();
    const bought = subscription(payer.id, { unitAmount: 9_000_000_000 });
    const bill = invoice(bought, { amount: 9_000_000_000 });
    const money = charge(payer.id, { amount: 9_000_000_000, amount_refunded: 3_000_000_000 });
    expect(await fetched(payer, bought, bill, money)).toEqual({ status: 'processed' });
    expect(await held(db.sql, bought.id)).toMatchObject({ amount_cents: 9_000_000_000, mrr_cents: 9_000_000_000 });
    expect(await payment(money.id)).toMatchObject({ amount: 9_000_000_000, amount_refunded: 3_000_000_000 });
    const [moved] = await db.sql`select amount_cents from public.mrr_movements
      where subscription_id = ${(await held(db.sql, bought.id))['id']}`;
    expect(moved).toEqual({ amount_cents: 9_000_000_000 });
  });
});

describe('a full comparison', () => {
  it('leaves out what cannot be mirrored, says so once, and compares the rest', async () => {
    await compareOnce(db.sql);
    const nameless = customer({ email: null });
    const payer = customer();
    const [left, sound] = [subscription(nameless.id), subscription(payer.id)];
    const first = await compare(nameless, payer, left, sound);
    expect(first.run).toEqual({ status: 'succeeded', drift_count: 3, left_out_count: 1 });
    expect(first.told).toContainEqual({ object_id: left.id, action: 'left_out' });
    expect(await held(db.sql, sound.id)).toMatchObject({ status: 'active' });
    expect(await alerts()).toEqual(expect.arrayContaining(['stripe_sync_incomplete', 'stripe_drift_found']));
    await db.sql`delete from public.alerts`;
    const second = await compare(nameless, payer, left, sound);
    expect(second.run).toEqual({ status: 'succeeded', drift_count: 0, left_out_count: 1 });
    expect(second.told).toEqual([]);
    expect(await alerts()).toEqual([]);
  });

  it('does not tell what was named later in the same run', async () => {
    const nameless = customer({ email: null });
    const bought = subscription(nameless.id);
    const run = await compare(nameless, bought, { ...invoice(bought), customer_email: 'found@example.com' });
    expect(run.fetches).toMatchObject([{ kind: 'customer_history', id: nameless.id }]);
    await fetched(bought);
    expect((await compare(nameless, bought)).run).toMatchObject({ drift_count: 0, left_out_count: 0 });
  });

  it('asks again for a customer who has an address now', async () => {
    const nameless = customer({ email: null });
    await fetched(nameless);
    const { fetches } = await compare({ ...nameless, email: 'now@example.com' });
    expect(fetches).toMatchObject([{ kind: 'customer', id: nameless.id }]);
  });
});

it('a run that gave no sign of life is ended, and alerted', async () => {
  await db.sql`insert into public.stripe_syncs (kind, status, heartbeat_at)
    values ('full', 'running', now() - interval '31 minutes')`;
  await db.sql`select private.queue_stripe_sync('incremental')`;
  expect(await alerts()).toEqual(['stripe_sync_incomplete']);
  const [dead] = await db.sql`select status, error from public.stripe_syncs where kind = 'full'
    order by created_at desc limit 1`;
  expect(dead).toEqual({ status: 'failed', error: 'no sign of life for 30 minutes' });
});
