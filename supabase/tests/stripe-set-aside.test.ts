import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { event, mirrored, receive, start } from './stripe.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());

async function failing() {
  const { bought } = await mirrored(db.sql);
  const strange = event('customer.subscription.updated', { ...bought, status: 'a_status_of_tomorrow' }, start + 9);
  expect(await receive(db.sql, strange)).toMatchObject({ status: 'failed' });
  return strange;
}
const row = async (id: string) =>
  (await db.sql`select status, error, next_attempt_at from public.stripe_events where id = ${id}`)[0];

it('an event that cannot be applied is set aside with a reason: it is not tried again, and that is told', async () => {
  const admin = await db.addStaff('admin');
  const strange = await failing();
  await db.as(admin, (sql) => sql`select public.set_stripe_event_aside(${strange.id}, ' Autre boutique ')`);
  expect(await row(strange.id)).toEqual({ status: 'set_aside', error: 'Autre boutique', next_attempt_at: null });
  await db.sql`update public.stripe_events set next_attempt_at = now() where status in ('pending', 'failed')`;
  expect(await db.sql`select private.claim_stripe_events(50)`).toHaveLength(0);
  expect(await receive(db.sql, strange)).toEqual({ status: 'duplicate' });
  const told = await db.sql`select user_id, event_data ->> 'reason' as reason from public.events
    where event_type = 'stripe_event_set_aside' and subject_id = ${strange.id}`;
  expect(told).toEqual([{ user_id: admin.userId, reason: 'Autre boutique' }]);
});

it('is refused without a reason, for what is done or unknown, and to whoever may not', async () => {
  const strange = await failing();
  const done = event('product.created', { id: 'prod_1', object: 'product' });
  await receive(db.sql, done);
  for (const [id, reason, hint] of [
    [strange.id, '  ', 'reason_required'],
    [strange.id, null, 'reason_required'],
    [done.id, 'x', 'stripe_event_done'],
    ['evt_none', 'x', 'stripe_event_not_found'],
  ] as const)
    await expect(db.sql`select public.set_stripe_event_aside(${id}, ${reason})`).rejects.toMatchObject({ hint });
  for (const role of ['support', 'viewer'] as const) {
    const person = await db.addStaff(role);
    await expect(
      db.as(person, (sql) => sql`select public.set_stripe_event_aside(${strange.id}, 'x')`),
    ).rejects.toMatchObject({ hint: 'permission_denied' });
  }
  expect(await row(strange.id)).toMatchObject({ status: 'failed' });
});
