import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from './database.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());

interface When {
  frequency: 'daily' | 'weekly' | 'monthly';
  weekday?: number;
  month_day?: number;
  local_time: string;
  time_zone: string;
}
const paris = (when: Omit<When, 'time_zone'>): When => ({ ...when, time_zone: 'Europe/Paris' });

async function next(when: When, after: string, most = 1): Promise<string[]> {
  const rows = await db.sql`select moment from private.next_report_runs(jsonb_populate_record(
    null::public.report_schedules, ${db.sql.json(when as never)}), ${after}, ${most}) as moment`;
  return rows.map(({ moment }) => (moment as Date).toISOString().slice(0, 16));
}

const monday = paris({ frequency: 'weekly', weekday: 1, local_time: '09:00' });
it.each([
  ['2026-03-27T12:00Z', '2026-03-30T07:00'],
  ['2026-03-20T12:00Z', '2026-03-23T08:00'],
  ['2026-10-23T12:00Z', '2026-10-26T08:00'],
])('Monday at nine in Paris, from %s, is %s', async (after, at) => {
  expect(await next(monday, after)).toEqual([at]);
});

it('is the moment itself until it has come, and the week after from then on', async () => {
  expect(await next(monday, '2026-11-30T07:59Z')).toEqual(['2026-11-30T08:00']);
  expect(await next(monday, '2026-11-30T08:00Z')).toEqual(['2026-12-07T08:00']);
});

it('the next three keep their hour across a change of clocks', async () => {
  expect(await next(monday, '2026-10-18T12:00Z', 3)).toEqual([
    '2026-10-19T07:00',
    '2026-10-26T08:00',
    '2026-11-02T08:00',
  ]);
});

const early = paris({ frequency: 'daily', local_time: '02:30' });
it('half past two is once on the day that leaves it out, when the clock has jumped to three', async () => {
  expect(await next(early, '2026-03-27T12:00Z', 3)).toEqual([
    '2026-03-28T01:30',
    '2026-03-29T01:00',
    '2026-03-30T00:30',
  ]);
});

it('half past two is once on the day that has it twice, the first time', async () => {
  expect(await next(early, '2026-10-24T12:00Z', 2)).toEqual(['2026-10-25T00:30', '2026-10-26T01:30']);
});

it('the 31st is the last day of shorter months', async () => {
  const last = paris({ frequency: 'monthly', month_day: 31, local_time: '08:00' });
  expect(await next(last, '2027-01-15T00:00Z', 3)).toEqual([
    '2027-01-31T07:00',
    '2027-02-28T07:00',
    '2027-03-31T06:00',
  ]);
});

it.each([
  ['America/New_York', '2026-11-30T14:00'],
  ['Asia/Tokyo', '2026-11-30T00:00'],
  ['Pacific/Auckland', '2026-11-29T20:00'],
])('each schedule has its own zone: %s', async (time_zone, at) => {
  expect(await next({ ...monday, time_zone }, '2026-11-28T12:00Z')).toEqual([at]);
});

it.each([
  ['daily', '2026-11-29', '2026-11-29'],
  ['weekly', '2026-11-23', '2026-11-29'],
  ['monthly', '2026-10-01', '2026-10-31'],
])('a %s report is about what was whole when it was due', async (frequency, starts, ends) => {
  const [row] = await db.sql`select starts::text, ends::text
    from private.report_period(${frequency}, '2026-11-30T08:00Z')`;
  expect(row).toEqual({ starts, ends });
});
