import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { customer, event, mirrored, receive, start, subscription } from './stripe.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());

const alerts = (kind: string) => db.sql`select data from public.alerts where kind = ${kind}`;

it('one object that cannot be mirrored is named, the rest of its page is applied, and the run alerts', async () => {
  const payer = customer({ email: 'sound@example.com' });
  const sound = subscription(payer.id);
  const poison = { ...subscription(payer.id), status: 'a_status_of_tomorrow' };
  const [run] = await db.sql`insert into public.stripe_syncs (kind, status) values ('full', 'running') returning id`;
  const page = JSON.stringify([payer, poison, sound]);
  await db.sql`select private.reconcile_stripe_objects(${run!.id}, ${page}::text::jsonb, clock_timestamp(),
    to_timestamp(${start + 5}))`;
  const known = await db.sql`select stripe_subscription_id as id from public.subscriptions`;
  expect(known).toEqual([{ id: sound.id }]);
  const left = await db.sql`select object_type, object_id, action, fields from public.stripe_drifts`;
  expect(left).toMatchObject([
    { object_type: 'subscription', object_id: poison.id, action: 'failed', fields: { error: { mirror: null } } },
  ]);
  await db.sql`select private.finish_stripe_sync(${run!.id})`;
  expect(await alerts('stripe_sync_incomplete')).toMatchObject([{ data: { count: 1 } }]);
  expect(await alerts('stripe_drift_found')).toEqual([]);
});

it('a run that fails alerts with its reason, once a day', async () => {
  await db.sql`delete from public.alerts`;
  for (let time = 0; time < 2; time += 1) {
    const [run] = await db.sql`insert into public.stripe_syncs (kind, status) values ('incremental', 'running')
      returning id`;
    await db.sql`select private.finish_stripe_sync(${run!.id}, 'Stripe says no')`;
  }
  expect(await alerts('stripe_sync_incomplete')).toEqual([{ data: { count: 0, error: 'Stripe says no' } }]);
});

it('one event that cannot be applied waits with its error, and the next ones are applied', async () => {
  const { payer, bought } = await mirrored(db.sql);
  const poison = event('customer.subscription.updated', { ...bought, status: 'a_status_of_tomorrow' }, start + 50);
  expect(await receive(db.sql, poison)).toMatchObject({ status: 'failed' });
  const other = { ...payer, name: 'Anna' };
  expect(await receive(db.sql, event('customer.updated', other, start + 60))).toMatchObject({ status: 'processed' });
  const [held] = await db.sql`select status, error, next_attempt_at > now() as waits from public.stripe_events
    where id = ${poison.id}`;
  expect(held).toMatchObject({ status: 'failed', error: expect.stringContaining('status'), waits: true });
});
