import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLicense, createTestDatabase, type TestDatabase } from './database.ts';
import {
  applyFetched,
  customer,
  event,
  invoice,
  mirrored,
  month,
  type Plan,
  receive,
  start,
  subscription,
  type TestSubscription,
} from './stripe.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
  // Their prices are known.
  for (const plan of ['starter', 'premium', 'enterprise'] as const) await mirrored(db.sql, { plan });
});
afterAll(() => db.drop());

const day = 86_400;
/** Bills the plan of a subscription, for a change unless said otherwise. */
function charge(of: TestSubscription, plan: Plan, at: number, given: Record<string, unknown> = {}) {
  const { id } = of.items.data[0]!;
  return invoice(of, {
    billing_reason: 'subscription_update',
    created: at,
    lines: {
      object: 'list',
      has_more: false,
      url: '',
      data: [
        {
          amount: 2900,
          period: { start: at, end: start + month },
          parent: { type: 'subscription_item_details', subscription_item_details: { subscription_item: id } },
          pricing: { type: 'price_details', price_details: { price: `price_${plan}` } },
        },
      ],
    },
    ...given,
  });
}
const on = (bought: TestSubscription, plan: Plan, given: object = {}) => ({
  ...bought,
  items: { ...bought.items, data: subscription('', { plan, item: { id: bought.items.data[0]!.id } }).items.data },
  ...given,
});
/** A licence on the starter plan that is paid. */
async function paid() {
  const email = `plans-${crypto.randomUUID()}@example.com`;
  const made = await createLicense(db.sql, { email, plan: 'starter' });
  const { bought } = await mirrored(db.sql, { email, licenseId: made.id, plan: 'starter', paid: true });
  await receive(
    db.sql,
    event('invoice.paid', charge(bought, 'starter', start, { billing_reason: 'subscription_create' })),
  );
  const plan = async () => (await db.sql`select plan from public.licenses where id = ${made.id}`)[0]!['plan'] as string;
  return { bought, plan };
}

describe('a change whose event comes before its invoice', () => {
  it('asks for it before the licence follows', async () => {
    const { bought, plan } = await paid();
    const open = charge(bought, 'enterprise', start + day, { status: 'open' });
    const changed = on(bought, 'enterprise', { latest_invoice: open.id });
    const told = event('customer.subscription.updated', changed, start + day);
    expect(await receive(db.sql, told)).toMatchObject({
      status: 'fetch',
      fetch: [{ kind: 'latest_invoice', id: open.id }],
    });
    expect(await plan()).toBe('starter');
    const answer = await applyFetched(db.sql, [{ object: open, as_of: start + day }], told, [open.id]);
    expect(answer).toEqual({ status: 'processed' });
    expect(await plan()).toBe('starter');
    const settled = { ...open, status: 'paid', amount_paid: 2900, attempt_count: 2 };
    await receive(db.sql, event('invoice.paid', settled, start + 2 * day));
    expect(await plan()).toBe('enterprise');
  });

  it('goes on without one that Stripe does not know any more', async () => {
    const { bought, plan } = await paid();
    const gone = { id: 'in_gone', object: 'invoice', deleted: true };
    const changed = on(bought, 'enterprise', { latest_invoice: gone.id });
    const told = event('customer.subscription.updated', changed, start + day);
    expect(await receive(db.sql, told)).toMatchObject({ status: 'fetch' });
    const answer = await applyFetched(db.sql, [{ object: gone, as_of: start + day }], told, [gone.id]);
    expect(answer).toEqual({ status: 'processed' });
    expect(await plan()).toBe('enterprise');
  });
});

it('a price nobody has seen is asked for: it says which plan an invoice charges', async () => {
  const payer = customer();
  const bought = subscription(payer.id, { plan: 'premium', price: { id: 'price_new' } });
  const old = charge(bought, 'starter', start);
  old.lines.data[0] = { ...old.lines.data[0]!, pricing: { price_details: { price: 'price_old' } } } as never;
  const answer = await applyFetched(
    db.sql,
    [payer, bought, old].map((object) => ({ object, as_of: start })),
  );
  expect(answer).toMatchObject({
    fetch: [
      { kind: 'price', id: 'price_old' },
      { kind: 'invoice', id: old.id },
    ],
  });
});

it('two changes of one second are taken in the order of their numbers', async () => {
  const { bought, plan } = await paid();
  const at = start + day;
  await receive(db.sql, event('invoice.paid', charge(bought, 'premium', at, { number: 'WA-9999' }), at));
  await receive(db.sql, event('customer.subscription.updated', on(bought, 'enterprise'), at + 1));
  const owed = charge(bought, 'enterprise', at, { number: 'WA-10000', status: 'open' });
  await receive(db.sql, event('invoice.finalized', owed, at + 2));
  expect(await plan()).toBe('premium');
});

it('the next payment is said while a date to end lies beyond it', async () => {
  const ends = async (cancel_at: number | null) => {
    const { row } = await mirrored(db.sql, { cancel_at });
    const [shown] = await db.sql`select private.subscription_row(subscriptions) ->> 'next_payment_at' as at
      from public.subscriptions where id = ${row.id}`;
    return shown!['at'] && Date.parse(shown!['at'] as string) / 1000;
  };
  expect(await ends(null)).toBe(start + month);
  expect(await ends(start + 3 * month)).toBe(start + month);
  expect(await ends(start + month)).toBeNull();
  expect(await ends(start + day)).toBeNull();
});
