import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { Random } from './stripe-history/random.ts';
import { createWorld, type World } from './stripe-history/world.ts';
import { compareOnce, event, mirrored, receive, start } from './stripe.ts';

let db: TestDatabase;
let world: World;
beforeAll(async () => {
  db = await createTestDatabase();
  world = await createWorld(db.sql, new Random(3));
  await compareOnce(db.sql);
});
afterAll(() => db.drop());

const prune = async () => Number((await db.sql`select private.prune_stripe_events() as count`)[0]!['count']);
const age = (days: number) =>
  db.sql`update public.stripe_events set received_at = now() - make_interval(days => ${days})`;
const row = async (id: string) => (await db.sql`select * from public.stripe_events where id = ${id}`)[0]!;

it('of events that are over the identifiers stay, after the days of the setting; what failed keeps all', async () => {
  const { bought } = await mirrored(db.sql);
  const done = event('customer.subscription.updated', { ...bought, cancel_at_period_end: true }, start + 9);
  const strange = event('customer.subscription.updated', { ...bought, status: 'a_status_of_tomorrow' }, start + 99);
  expect(await receive(db.sql, done)).toMatchObject({ status: 'processed' });
  expect(await receive(db.sql, strange)).toMatchObject({ status: 'failed' });
  await age(89);
  expect(await prune()).toBe(0);
  await age(91);
  expect(await prune()).toBe(1);
  expect(await row(done.id)).toMatchObject({
    type: done.type,
    status: 'processed',
    object_id: bought.id,
    pruned_at: expect.any(Date),
    payload: { id: done.id, type: done.type, data: { object: { id: bought.id, object: 'subscription' } } },
  });
  expect(Object.keys((await row(done.id))['payload'].data.object).sort()).toEqual(['id', 'object']);
  expect((await row(strange.id))['payload'].data.object).toMatchObject({ status: 'a_status_of_tomorrow' });
  expect(await prune()).toBe(0);
  await db.sql`update public.settings set value = '365' where key = 'stripe_event_payload_days'`;
  await db.sql`update public.stripe_events set status = 'set_aside', processed_at = now(), next_attempt_at = null
    where id = ${strange.id}`;
  expect(await prune()).toBe(0);
  await db.sql`update public.settings set value = '90' where key = 'stripe_event_payload_days'`;
  expect(await prune()).toBe(1);
});

it('a pruned event that is tried again fetches what it names', async () => {
  const customer = await world.stripe.customers.create({
    email: 'pruned@example.com',
    payment_method: 'pm_card_visa',
    invoice_settings: { default_payment_method: 'pm_card_visa' },
  });
  const [price] = (await world.stripe.prices.list({ lookup_keys: ['starter_month'] })).data;
  const made = await world.stripe.subscriptions.create({ customer: customer.id, items: [{ price: price!.id }] });
  for (const each of world.standIn.events.take()) await world.deliver(each);
  await age(91);
  expect(await prune()).toBeGreaterThan(3);
  await world.stripe.subscriptions.update(made.id, { cancel_at_period_end: true });
  world.standIn.events.take();
  await db.sql`update public.stripe_events set status = 'failed', error = 'x', processed_at = null,
    next_attempt_at = now() where type = 'customer.subscription.created' and object_id = ${made.id}`;
  await world.catchUp();
  const [held] = await db.sql`select cancel_at_period_end from public.subscriptions
    where stripe_subscription_id = ${made.id}`;
  expect(held).toEqual({ cancel_at_period_end: true });
  const [again] = await db.sql`select status from public.stripe_events
    where type = 'customer.subscription.created' and object_id = ${made.id}`;
  expect(again).toEqual({ status: 'processed' });
});
