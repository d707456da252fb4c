import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RpcResult } from '../contracts/rpc/index.ts';
import { createLicense, createTestDatabase, type TestDatabase } from './database.ts';
import { type RuleInput, ruling } from './log-rules.ts';
import { settle } from './logs.ts';

let db: TestDatabase;
let rules: ReturnType<typeof ruling>;
beforeAll(async () => {
  db = await createTestDatabase();
  rules = ruling(db, await db.addStaff('admin'));
});
afterAll(() => db.drop());
beforeEach(() => rules.begin());

const preview = (rule: Partial<RuleInput>) => rules.call<RpcResult<'preview_log_alert'>>('preview_log_alert', { rule });
const lines = (count: number, source: string, over: object = {}) =>
  Array.from({ length: count }, () => ({ message: 'timeout', source, ...over }));
let sources = 0;
const newSource = () => `S${(sources += 1)}`;

/** When it would have fired: minutes of the test's clock, for what, with how many lines, the oldest first. */
const fires = ({ fires: told }: RpcResult<'preview_log_alert'>) =>
  told
    .toReversed()
    .map(({ at, key, lines: count }) => [(Date.parse(at) - rules.moment(0).getTime()) / 60_000, key, count]);

describe('what would have fired', () => {
  it.each([
    { threshold: 3, minutes: 10, cool_down_minutes: 1 },
    { threshold: 3, minutes: 10, cool_down_minutes: 30 },
    { threshold: 5, minutes: 3, cool_down_minutes: 1 },
    { threshold: 0, minutes: 60, cool_down_minutes: 1 },
    { threshold: 3, minutes: 10, cool_down_minutes: 1, counted_by: 'license' },
    { kind: 'silence', minutes: 7, cool_down_minutes: 1 },
  ] as const)('is what fires: %j', async (given) => {
    const source = newSource();
    const licenses = given.threshold === 3 ? [await createLicense(db.sql), await createLicense(db.sql)] : [];
    const rule = await rules.save({ kind: 'count', query: `source:${source}`, ...given });
    let random = 17;
    for (let minute = 0; minute < 120; minute += 1) {
      random = (random * 75 + 74) % 65_537;
      const count = random % 7 > 3 ? random % 4 : 0;
      const licenseId = licenses[random % 2]?.id;
      if (count) await rules.receive(minute, lines(count, source), licenseId ? { licenseId } : {});
      if (minute === 60) await settle(db);
      await rules.watch(minute);
    }
    const fired = (await rules.fired(rule)).map(({ at, key, lines: count }) => [at, key, count]);
    const tried = await preview({ kind: 'count', query: `source:${source}`, ...given });
    expect(fired).not.toEqual([]);
    expect(tried).toMatchObject({ complete: true, total: tried.fires.length });
    // For days before and after, the source is silent.
    expect(fires(tried).filter(([at]) => Number(at) >= 0 && Number(at) < 120)).toEqual(fired);
  });

  it('knows groups by their first line, and names them', async () => {
    const source = newSource();
    const group = { group_id: 9_001, title: 'boom of <number>', fingerprint_version: 1, level: 'error' };
    await rules.receive(200, lines(2, source, group));
    await rules.receive(201, lines(2, source, group));
    expect(await preview({ kind: 'new_group', query: `source:${source}` })).toMatchObject({
      total: 1,
      fires: [{ at: rules.moment(200).toISOString().replace('.000Z', '+00:00'), label: 'boom of <number>', lines: 2 }],
    });
  });

  it('is judged by the time lines were received', async () => {
    const source = newSource();
    const late = lines(6, source).map((line, index) => ({
      ...line,
      occurred_at: new Date(rules.moment(300).getTime() - index * 1_200_000).toISOString(),
    }));
    await rules.receive(300, late);
    expect(fires(await preview({ kind: 'count', query: `source:${source}`, threshold: 5, minutes: 1 }))).toEqual([
      [300, '', 6],
    ]);
  });

  it('compares a rate with the weeks before', async () => {
    const source = newSource();
    const hour = rules.moment(420);
    await rules.receive(421, lines(50, source, { level: 'error' }));
    await settle(db);
    const [{ id }] = await db.sql<[{ id: number }]>`select id from public.log_sources where name = ${source}`;
    const rate = { kind: 'rate', query: `source:${source}`, threshold: 10, minutes: 30, factor: 2 } as const;
    expect(fires(await preview(rate))).toEqual([[421, '', 50]]);
    for (const weeks of [1, 2, 3, 4])
      await db.sql`insert into private.log_hours (hour, source_id, level, lines)
        values (${new Date(hour.getTime() - weeks * 7 * 86_400_000)}, ${id}, 'error', 50)`;
    expect(await preview(rate)).toMatchObject({ total: 0, peak: 50, complete: true });
    expect(await preview({ ...rate, factor: 1.9 })).toMatchObject({ total: 1 });
  });
});

describe('nothing', () => {
  it('is said with how near it came', async () => {
    const source = newSource();
    await rules.receive(500, lines(3, source));
    await rules.receive(600, lines(2, source));
    const tried = await preview({ kind: 'count', query: `source:${source}`, threshold: 3, minutes: 10 });
    expect(tried).toMatchObject({ total: 0, fires: [], lines: 5, peak: 3, complete: true, unknown_sources: [] });
    expect(tried.buckets.map(({ lines: count }) => count)).toEqual([3, 2]);
    expect(Date.parse(tried.to_time) - Date.parse(tried.from_time)).toBe(7 * 86_400_000);
  });

  it('of a source that is none says so', async () => {
    expect(
      await preview({ kind: 'count', query: 'source:Bailleys OR (a source:backend)', threshold: 3, minutes: 10 }),
    ).toMatchObject({ total: 0, unknown_sources: ['Bailleys'] });
  });

  it('of a licence or a client that nobody has says so', async () => {
    const nobody = '00000000-0000-4000-8000-000000000000';
    const query = `license:${nobody} OR client:nobody@example.com`;
    expect(await preview({ kind: 'count', query, threshold: 3, minutes: 10 })).toMatchObject({
      total: 0,
      unknown_licenses: [nobody, 'nobody@example.com'],
    });
  });
});
