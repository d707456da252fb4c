import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLicense, createTestDatabase, type TestDatabase } from './database.ts';
import { ruling } from './log-rules.ts';

let db: TestDatabase;
let rules: ReturnType<typeof ruling>;
beforeAll(async () => {
  db = await createTestDatabase();
  rules = ruling(db, await db.addStaff('admin'));
});
afterAll(() => db.drop());
beforeEach(() => rules.begin());

const claim = (channel: string) =>
  db.sql<{ id: string; data: { rule: string } }[]>`select id, data from private.claim_alerts(${channel})`;
const firing = { threshold: 0, minutes: 1, cool_down_minutes: 1 };

describe('a firing', () => {
  it('is told by the bell, and by the messengers its rule names alone', async () => {
    const named = { bell: [], telegram: ['telegram'], slack: ['slack'], both: ['telegram', 'slack'] } as const;
    for (const [name, channels] of Object.entries(named))
      await rules.save({ ...firing, name, channels: [...channels] });
    await rules.hear(1, ['x']);
    const told = async (channel: string) => (await claim(channel)).map(({ data }) => data.rule).sort();
    expect([await told('telegram'), await told('slack')]).toEqual([
      ['both', 'telegram'],
      ['both', 'slack'],
    ]);
    const alerts = await db.sql`select severity from public.alerts where kind = 'log_rule_fired'`;
    expect(alerts).toHaveLength(4);
  });

  it('whose message fails is sent again, and stays one', async () => {
    const rule = await rules.save({ ...firing, channels: ['telegram'] });
    await rules.hear(1, ['x']);
    const [alert] = await claim('telegram');
    await db.sql`select private.settle_alerts('telegram', ${[alert!.id]}, 'retry', 'unreachable')`;
    expect(await claim('telegram')).toEqual([]);
    await db.sql`update private.alert_deliveries set next_attempt_at = now() where alert_id = ${alert!.id}`;
    await rules.watch(1);
    expect(await claim('telegram')).toMatchObject([{ id: alert!.id }]);
    expect(await rules.fired(rule)).toMatchObject([{ alert_id: alert!.id }]);
  });

  it('that was noted by a watch that broke off is noted again, and told once', async () => {
    const rule = await rules.save({ ...firing, channels: ['slack'] });
    await rules.receive(1, ['x']);
    await expect(
      db.sql.begin(async (sql) => {
        await sql`select private.watch_logs(${rules.moment(1)})`;
        throw new Error('killed');
      }),
    ).rejects.toThrow('killed');
    await rules.watch(1);
    await Promise.all([1, 2, 3].map(() => db.sql`select private.watch_logs(${rules.moment(1.1)})`));
    expect(await rules.fired(rule)).toHaveLength(1);
    expect(await rules.alerts(rule)).toHaveLength(1);
    expect(await claim('slack')).toHaveLength(1);
  });

  it('waits for the half minute after another of its rule, and is told with those that came meanwhile', async () => {
    const rule = await rules.save({ ...firing, counted_by: 'license' });
    for (const minutes of [1, 1.1, 1.2]) {
      const { id: licenseId } = await createLicense(db.sql);
      await rules.hear(minutes, ['x'], { licenseId });
    }
    expect((await rules.alerts(rule)).map(({ data }) => data['count'])).toEqual([1]);
    await rules.watch(1.8);
    expect((await rules.alerts(rule)).map(({ data }) => data['count'])).toEqual([1, 2]);
  });

  it('tells nothing of a customer: the end of the key, or a title', async () => {
    const license = await createLicense(db.sql, { email: 'told@example.com' });
    const rule = await rules.save({ ...firing, query: 'client:told@example.com', counted_by: 'license' });
    await rules.hear(1, ['secret words'], { licenseId: license.id });
    const [alert] = await rules.alerts(rule);
    expect(alert!.data).toEqual({
      rule: 'Rule',
      rule_kind: 'count',
      by: 'license',
      count: 1,
      lines: 1,
      minutes: 1,
      label: license.license_key.slice(-5),
      fired_at: expect.any(String),
    });
  });

  it('is mailed to those who work on the log', async () => {
    const [support, viewer] = [await db.addStaff('support'), await db.addStaff('viewer')];
    await db.addStaff('support', { isActive: false });
    await rules.save({ ...firing, name: 'Mailed', channels: ['email'] });
    await rules.hear(1, ['x']);
    const mails = await db.sql`select recipient, data ->> 'rule' as rule from public.email_outbox
      where template = 'log_rule_fired'`;
    expect(mails.map(({ recipient }) => recipient)).toContain(support.email);
    expect(mails.map(({ recipient }) => recipient)).not.toContain(viewer.email);
    expect(mails).toHaveLength(2);
    expect(mails.every(({ rule }) => rule === 'Mailed')).toBe(true);
    expect(await claim('telegram')).toEqual([]);
  });
});

it('a rule says how it stands', async () => {
  const rule = await rules.save({ threshold: 1, minutes: 10 });
  const stands = async () => (await rules.list()).find(({ id }) => id === rule.id)!;
  expect(await stands()).toMatchObject({ firing_count: 0, last_fired_at: null });
  await rules.hear(1, ['x', 'x']);
  expect(await stands()).toMatchObject({ firing_count: 1 });
  expect(Date.parse((await stands()).last_fired_at!)).toBe(rules.moment(1).getTime());
  await rules.watch(12);
  expect(await stands()).toMatchObject({ firing_count: 0, last_fired_at: expect.any(String) });
});
