import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from './database.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());

const raise = (key: string, severity = 'error') =>
  db.sql`select private.raise_alert('payment_failed', ${key}, ${db.sql.json({ note: key })}, severity => ${severity})`;
const claim = async (channel: string) =>
  (
    await db.sql<Array<{ id: string; data: { note: string } }>>`select id, data from private.claim_alerts(${channel})`
  ).map(({ id, data }) => ({ id, note: data.note }));

it('claim_alerts() gives an alert to each channel once, however many dispatchers ask at once', async () => {
  await raise('first');
  await raise('told in the console only', 'info');
  const claims = await Promise.all(
    ['telegram', 'slack', 'telegram', 'slack', 'telegram', 'slack'].map(async (channel) => ({
      channel,
      notes: (await claim(channel)).map(({ note }) => note),
    })),
  );
  for (const channel of ['telegram', 'slack'])
    expect(
      claims.filter((each) => each.channel === channel).flatMap(({ notes }) => notes),
      channel,
    ).toEqual(['first']);
});

it('settle_alerts() makes a channel try again later, without the other', async () => {
  await raise('second');
  const [forTelegram] = await claim('telegram');
  await claim('slack');
  await db.sql`select private.settle_alerts('slack', ${[forTelegram!.id]}, 'sent')`;
  await db.sql`select private.settle_alerts('telegram', ${[forTelegram!.id]}, 'retry', 'unreachable')`;
  expect([await claim('telegram'), await claim('slack')]).toEqual([[], []]);
  await db.sql`update private.alert_deliveries set next_attempt_at = now() where status = 'retry'`;
  expect([await claim('telegram'), await claim('slack')]).toEqual([[{ id: forTelegram!.id, note: 'second' }], []]);
});

it('an alert is claimed for a day, and by nobody but the dispatcher', async () => {
  await raise('yesterday');
  await db.sql`update public.alerts set created_at = now() - interval '25 hours' where dedupe_key = 'yesterday'`;
  expect(await claim('slack')).toEqual([]);
  const admin = await db.addStaff('admin');
  await expect(db.as(admin, (sql) => sql`select private.claim_alerts('slack')`)).rejects.toMatchObject({
    code: '42501',
  });
});

it('a messenger that asks us to wait is not asked before', async () => {
  await raise('waits');
  const [alert] = (await claim('slack')).filter(({ note }) => note === 'waits');
  await db.sql`select private.settle_alerts('slack', ${[alert!.id]}, 'retry', '429', 600)`;
  const [row] = await db.sql`select next_attempt_at > now() + interval '590 seconds' as waits
    from private.alert_deliveries where alert_id = ${alert!.id} and channel = 'slack'`;
  expect(row).toEqual({ waits: true });
});

it('what a channel refuses for good is told by the bell and the other channel, once a day', async () => {
  for (const note of ['refused', 'refused too']) {
    await raise(note);
    const [alert] = (await claim('telegram')).filter((each) => each.note === note);
    await db.sql`select private.settle_alerts('telegram', ${[alert!.id]}, 'failed', 'answered 403: bot was blocked')`;
  }
  const told = await db.sql`select data from public.alerts where kind = 'alert_delivery_failed'`;
  expect(told).toMatchObject([{ data: { channel: 'telegram', error: 'answered 403: bot was blocked' } }]);
});
