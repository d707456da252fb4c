import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLicense, createTestDatabase, type TestDatabase } from './database.ts';
import { ruling } from './log-rules.ts';
import { addLines, settle } from './logs.ts';

let db: TestDatabase;
let rules: ReturnType<typeof ruling>;
beforeAll(async () => {
  db = await createTestDatabase();
  rules = ruling(db, await db.addStaff('admin'));
});
afterAll(() => db.drop());
beforeEach(() => rules.begin());

const lines = (count: number, message = 'timeout') => Array.from({ length: count }, () => message);
const grouped = (group_id: number, over: object = {}) => ({
  message: `boom ${group_id}`,
  level: 'error',
  group_id,
  title: `boom of ${group_id}`,
  fingerprint_version: 1,
  ...over,
});
let groups = 1_000;
const newGroup = () => (groups += 1);

describe('more than 3 in 10 minutes', () => {
  it('is silent at 3, and fires once at 4', async () => {
    const rule = await rules.save({ threshold: 3, minutes: 10, query: 'timeout' });
    await rules.hear(1, [...lines(1), 'other']);
    await rules.hear(4, lines(2));
    expect(await rules.fired(rule)).toEqual([]);
    await rules.hear(9, lines(1));
    expect(await rules.fired(rule)).toMatchObject([{ at: 9, lines: 4, key: '', label: null, ended: null }]);
  });

  it('counts a sliding period, not minutes of the clock', async () => {
    const rule = await rules.save({ threshold: 3, minutes: 10 });
    await rules.hear(0.9, lines(3));
    await rules.hear(10.95, lines(1));
    expect(await rules.fired(rule)).toEqual([]);
    await rules.hear(11.5, lines(2));
    await rules.hear(20.9, lines(1));
    expect(await rules.fired(rule)).toMatchObject([{ at: 20.9, lines: 4 }]);
  });

  it('does not fire again for the 101st', async () => {
    const rule = await rules.save({ threshold: 3, minutes: 10, cool_down_minutes: 1 });
    for (let minute = 0; minute < 97; minute += 1) await rules.hear(minute, lines(1));
    await rules.hear(97, lines(4));
    expect(await rules.fired(rule)).toMatchObject([{ at: 3, lines: 4, ended: null }]);
  });

  it('ends when there are no longer too many, and may fire again then', async () => {
    const rule = await rules.save({ threshold: 3, minutes: 10, cool_down_minutes: 1 });
    await rules.hear(0, lines(4));
    await rules.watch(9);
    expect(await rules.fired(rule)).toMatchObject([{ ended: null }]);
    await rules.watch(11);
    expect(await rules.fired(rule)).toMatchObject([{ at: 0, ended: 11 }]);
    await rules.hear(12, lines(3));
    await rules.hear(13, lines(1));
    expect(await rules.fired(rule)).toMatchObject([{ at: 0 }, { at: 13, lines: 4, ended: null }]);
  });

  it('keeps the lines behind it, 20 at most', async () => {
    const rule = await rules.save({ threshold: 30, minutes: 10 });
    await rules.hear(0, lines(16, 'first'));
    await rules.hear(1, lines(16, 'second'));
    const [firing] = await rules.fired(rule);
    expect(firing).toMatchObject({ lines: 32 });
    const behind = await db.sql<{ message: string }[]>`select message from public.logs
      where id = any (${firing!.line_refs.map(({ id }) => id)}) order by id`;
    expect(behind.map(({ message }) => message)).toEqual([...lines(16, 'first'), ...lines(4, 'second')]);
  });

  it('fires for each licence by itself, and is told as one', async () => {
    const [one, two] = [await createLicense(db.sql), await createLicense(db.sql)];
    const rule = await rules.save({ threshold: 3, minutes: 10, counted_by: 'license' });
    await rules.receive(1, lines(3), { licenseId: one.id });
    await rules.receive(1, lines(9));
    await rules.watch(1);
    expect(await rules.fired(rule)).toEqual([]);
    await rules.receive(2, lines(4), { licenseId: two.id });
    await rules.receive(2, lines(1), { licenseId: one.id });
    await rules.watch(2);
    const fired = await rules.fired(rule);
    expect(new Map(fired.map(({ key, label }) => [key, label]))).toEqual(
      new Map([one, two].map(({ id, license_key }) => [id, license_key.slice(-5)])),
    );
    expect(await rules.alerts(rule)).toMatchObject([{ data: { count: 2, lines: 8 } }]);
    expect(fired[0]!.alert_id).toBe(fired[1]!.alert_id);
  });
});

describe('a group', () => {
  it('that is new fires with its first line, once', async () => {
    const [rule, group] = [await rules.save({ kind: 'new_group', query: 'boom' }), newGroup()];
    await rules.hear(1, [grouped(group)]);
    await rules.hear(2, [grouped(group), grouped(group)]);
    await rules.hear(200, [grouped(group)]);
    expect(await rules.fired(rule)).toMatchObject([
      { at: 1, lines: 1, key: `${group}`, label: `boom of ${group}`, line_refs: [{}] },
    ]);
  });

  it.each([
    ['before', false],
    ['after', true],
  ])('that comes back after it was resolved fires once, when it is watched %s it is counted', async (_, isLate) => {
    // By the clock of the world: resolving has no other.
    const [rule, group] = [await rules.save({ kind: 'returned_group' }), newGroup()];
    await db.sql`update public.log_rules set enabled_at = now() where id = ${rule.id}`;
    const come = async () => {
      await addLines(db, [grouped(group)]);
      if (isLate) await settle(db);
      await rules.watch();
      await settle(db);
    };
    await come();
    expect(await rules.fired(rule)).toEqual([]);
    await rules.call('update_log_group', { group_id: group, status: 'resolved' });
    await come();
    await come();
    expect(await rules.fired(rule)).toMatchObject([{ key: `${group}`, label: `boom of ${group}`, lines: 1 }]);
    await rules.call('update_log_group', { group_id: group, status: 'resolved' });
    await rules.call('update_log_group', { group_id: group, status: 'open' });
    await db.sql`update private.log_rule_states set fired_at = fired_at - interval '1 day'`;
    await come();
    expect(await rules.fired(rule)).toHaveLength(1);
  });

  it('that is ignored until 100 lines opens at the 100th, and its rule is silent till then', async () => {
    const [rule, group] = [await rules.save({ threshold: 3, minutes: 1_000, counted_by: 'group' }), newGroup()];
    await rules.hear(0, [grouped(group)]);
    await settle(db);
    await rules.call('update_log_group', { group_id: group, status: 'ignored', ignored_until_lines: 100 });
    const status = async () => (await db.sql`select status from public.log_groups where id = ${group}`)[0]!['status'];
    await rules.hear(
      1,
      Array.from({ length: 98 }, () => grouped(group)),
    );
    await settle(db);
    expect([await status(), await rules.fired(rule)]).toEqual(['ignored', []]);
    await rules.receive(2, [grouped(group)]);
    await settle(db);
    await rules.watch(2);
    expect([await status(), await rules.fired(rule)]).toMatchObject(['open', [{ at: 2, lines: 100 }]]);
  });
});

describe('silence', () => {
  it('of 15 minutes is one alert, closed when the source speaks', async () => {
    const rule = await rules.save({ kind: 'silence', minutes: 15, query: 'source:baileys' });
    const spoken = [{ message: 'x', source: 'Baileys' }];
    await rules.hear(0, spoken);
    await rules.hear(14, ['another source']);
    expect(await rules.fired(rule)).toEqual([]);
    for (const minute of [15, 16, 100]) await rules.watch(minute);
    expect(await rules.fired(rule)).toMatchObject([{ at: 15, ended: null, lines: 0 }]);
    await rules.hear(101, spoken);
    expect(await rules.fired(rule)).toMatchObject([{ at: 15, ended: 101 }]);
    expect(await rules.alerts(rule)).toHaveLength(1);
  });

  it('of 5 minutes with a cool-down of 60 is told again at 60', async () => {
    const rule = await rules.save({ kind: 'silence', minutes: 5, cool_down_minutes: 60 });
    for (let minute = 1; minute <= 80; minute += 1)
      await (minute === 6 || minute === 30 ? rules.hear(minute, ['x']) : rules.watch(minute));
    expect((await rules.fired(rule)).map(({ at }) => at)).toEqual([5, 65]);
  });

  it('of whoever watches is not taken for that of a source', async () => {
    const rule = await rules.save({ kind: 'silence', minutes: 15 });
    await rules.hear(0, ['x']);
    await rules.watch(500, true);
    await rules.watch(514);
    expect(await rules.fired(rule)).toEqual([]);
    await rules.watch(515);
    expect((await rules.fired(rule)).map(({ at }) => at)).toEqual([515]);
  });
});

describe('a cool-down', () => {
  it.each([
    [5, 60],
    [60, 5],
  ])('of %i and a period of %i minutes: the next firing is at 60', async (cool_down_minutes, minutes) => {
    const rule = await rules.save({ threshold: 3, minutes, cool_down_minutes });
    for (const minute of [0, 60]) await rules.hear(minute, lines(4));
    expect((await rules.fired(rule)).map(({ at }) => at)).toEqual([0, 60]);
    const other = await rules.save({ threshold: 3, minutes, cool_down_minutes });
    await db.sql`update public.log_rules set enabled_at = ${rules.moment(300)} where id = ${other.id}`;
    for (const minute of [300, 330, 359]) await rules.hear(minute, lines(4));
    expect((await rules.fired(other)).map(({ at }) => at)).toEqual([300]);
  });
});

describe('a rate', () => {
  it('above three times the usual of the hour of the week, with a floor', async () => {
    const week = 7 * 86_400_000;
    const hour = new Date(Math.floor(rules.moment(60).getTime() / 3_600_000) * 3_600_000);
    // What was usual, 120 an hour, is in the counts.
    await db.sql`delete from private.log_hours`;
    for (const weeks of [1, 2, 3, 4])
      await db.sql`insert into private.log_hours (hour, source_id, level, lines)
        values (${new Date(hour.getTime() - weeks * week)}, 1, 'error', ${60 * weeks - 30})`;
    const rule = await rules.save({ kind: 'rate', query: 'level:error', threshold: 5, minutes: 10, factor: 3 });
    const [{ most }] = await db.sql<[{ most: string }]>`select private.log_hour_most(log_rules, ${hour}) as most
      from public.log_rules where id = ${rule.id}`;
    expect(Number(most)).toBe(60);
    const errors = (count: number) => lines(count).map((message) => ({ message, level: 'error' }));
    await rules.hear(61, errors(60));
    expect(await rules.fired(rule)).toEqual([]);
    await rules.hear(62, errors(1));
    expect(await rules.fired(rule)).toMatchObject([{ at: 62, lines: 61 }]);
    // In an hour without a past the floor holds.
    await rules.hear(150, errors(5));
    expect(await rules.fired(rule)).toMatchObject([{ ended: 150 }]);
    await rules.hear(151, errors(1));
    expect(await rules.fired(rule)).toMatchObject([{}, { at: 151, lines: 6 }]);
  });
});

describe('late lines', () => {
  it('of six days offline are one peak, not an alarm a day', async () => {
    const rule = await rules.save({ threshold: 3, minutes: 10, cool_down_minutes: 1 });
    const late = Array.from({ length: 600 }, (_, index) => ({
      message: 'late',
      occurred_at: new Date(Date.now() - index * 14 * 60_000).toISOString(),
    }));
    await addLines(db, late);
    await settle(db);
    await rules.watch();
    expect(await rules.fired(rule)).toMatchObject([{ lines: 600 }]);
    expect(await rules.alerts(rule)).toHaveLength(1);
    const days = await db.sql`select distinct at::date from public.logs where message = 'late'`;
    expect(days.length).toBeGreaterThanOrEqual(6);
  });

  it('of a day without anybody watching fire once', async () => {
    const rule = await rules.save({ threshold: 3, minutes: 10, cool_down_minutes: 1 });
    for (let minute = 0; minute < 1_440; minute += 60) await rules.receive(minute, lines(4));
    await rules.watch(1_500, true);
    expect(await rules.fired(rule)).toMatchObject([{ at: 0 }]);
    await rules.hear(1_510, lines(4));
    expect(await rules.fired(rule)).toMatchObject([{ at: 0 }, { at: 1_510 }]);
  });

  it('and lines before a rule was there are none of its business', async () => {
    await rules.receive(0, lines(9));
    const rule = await rules.save({ threshold: 3, minutes: 60 });
    await db.sql`update public.log_rules set enabled_at = ${rules.moment(1)} where id = ${rule.id}`;
    await rules.hear(2, lines(3));
    expect(await rules.fired(rule)).toEqual([]);
  });
});
