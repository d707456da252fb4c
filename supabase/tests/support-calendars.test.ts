import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RpcArgs } from '../contracts/rpc/index.ts';
import { createTestDatabase, type Persona, type TestDatabase } from './database.ts';
import { call } from './tickets.ts';
import { newCalendar, week } from './support-hours.ts';

let db: TestDatabase;
let [admin, support] = [] as unknown as [Persona, Persona];
let [lunch, early, always] = [] as unknown as [string, string, string];
beforeAll(async () => {
  db = await createTestDatabase();
  [admin, support] = [await db.addStaff('admin'), await db.addStaff('support')];
  lunch = await newCalendar(db, week('09:00-12:30', '13:30-18:00'));
  early = await newCalendar(db, week('08:00-18:00'));
  always = await newCalendar(db, week('00:00-24:00', 7), { holiday_rule: 'none' });
});
afterAll(() => db.drop());

const add = async (calendar: string, from: string, minutes: number) => {
  const [row] = await db.sql<[{ due: Date | null }]>`
    select private.add_working_seconds(${calendar}, ${from}::timestamptz, ${minutes * 60}) as due`;
  return row.due?.toISOString().replace(':00.000Z', 'Z');
};
const worked = async (calendar: string, from: string, to: string) => {
  const [row] = await db.sql`
    select private.working_seconds(${calendar}, ${from}::timestamptz, ${to}::timestamptz)::float as seconds`;
  return row!['seconds'] as number;
};

describe('a moment so many working minutes later', () => {
  it.each([
    ['over lunch', '2026-03-10T12:00+01:00', 120, '2026-03-10T14:00Z'],
    ['from a Sunday night', '2026-03-08T23:00+01:00', 120, '2026-03-09T10:00Z'],
    ['over the change to summer time', '2026-03-27T17:30+01:00', 120, '2026-03-30T08:30Z'],
    ['over the change to winter time', '2026-10-23T17:30+02:00', 120, '2026-10-26T09:30Z'],
    ['over Ascension', '2026-05-13T17:00+02:00', 120, '2026-05-15T08:00Z'],
    ['at the very end of a period', '2026-03-10T17:00+01:00', 60, '2026-03-10T17:00Z'],
    ['over All Saints and a week-end', '2025-10-31T17:30+01:00', 60, '2025-11-03T08:30Z'],
  ])('%s', async (_, from, minutes, due) => expect(await add(lunch, from, minutes)).toBe(due));

  it('loses no minute at midnight', async () => {
    expect(await add(always, '2026-03-10T23:30+01:00', 60)).toBe('2026-03-10T23:30Z');
    expect(await worked(always, '2026-03-10T00:00+01:00', '2026-03-11T00:00+01:00')).toBe(86_400);
  });

  it('from eight to six, four hours from five are eleven the next day', async () => {
    expect(await add(early, '2026-03-09T17:00+01:00', 240)).toBe('2026-03-10T10:00Z');
    expect(await add(early, '2026-03-09T17:00+01:00', 180)).toBe('2026-03-10T09:00Z');
  });

  it('from nine to five, an hour from half past four on Friday is Monday half past nine', async () => {
    const nine = await newCalendar(db, week('09:00-17:00'));
    expect(await add(nine, '2026-03-13T16:30+01:00', 60)).toBe('2026-03-16T08:30Z');
  });
});

describe('the working seconds between two moments', () => {
  it.each([
    ['over a week-end', '2026-03-13T17:30+01:00', '2026-03-16T09:15+01:00', 45 * 60],
    ['on a day with lunch', '2026-03-10T00:00+01:00', '2026-03-11T00:00+01:00', 8 * 3600],
    ['backwards', '2026-03-11T00:00+01:00', '2026-03-10T00:00+01:00', 0],
    ['to the fraction', '2026-03-10T09:00:00.25+01:00', '2026-03-10T09:00:01+01:00', 0.75],
  ])('%s', async (_, from, to, seconds) => expect(await worked(lunch, from, to)).toBe(seconds));

  it('are of 23 and of 25 hours on the days clocks change', async () => {
    expect(await worked(always, '2026-03-29T00:00+01:00', '2026-03-30T00:00+02:00')).toBe(23 * 3600);
    expect(await worked(always, '2026-10-25T00:00+02:00', '2026-10-26T00:00+01:00')).toBe(25 * 3600);
  });

  it('count no moment twice where a period begins in the hour that is skipped', async () => {
    const shifts = await newCalendar(db, week('00:00-02:30', 7).concat(week('02:30-24:00', 7)), {
      holiday_rule: 'none',
    });
    expect(await worked(shifts, '2026-03-29T00:00+01:00', '2026-03-30T00:00+02:00')).toBe(23 * 3600);
  });
});

describe('holidays', () => {
  it('are the eleven of France, in any year', async () => {
    const { rows } = await call(db, support, 'list_support_holidays', { calendar_id: lunch, year: 2026 });
    expect(rows.map(({ day, rule }) => `${day} ${rule}`)).toEqual([
      '2026-01-01 new_year',
      '2026-04-06 easter_monday',
      '2026-05-01 labour_day',
      '2026-05-08 victory_day',
      '2026-05-14 ascension',
      '2026-05-25 whit_monday',
      '2026-07-14 national_day',
      '2026-08-15 assumption',
      '2026-11-01 all_saints',
      '2026-11-11 armistice',
      '2026-12-25 christmas',
    ]);
  });

  it.each([
    [1961, '1961-04-02'],
    [2000, '2000-04-23'],
    [2024, '2024-03-31'],
    [2025, '2025-04-20'],
    [2027, '2027-03-28'],
    [2038, '2038-04-25'],
    [2285, '2285-03-22'],
  ])('Easter of %s is %s', async (year, day) => {
    expect((await db.sql`select private.easter_day(${year})::text as day`)[0]).toEqual({ day });
  });

  it('a day is added, and one of the rule is worked, by whoever may', async () => {
    const calendar = await newCalendar(db, week('09:00-18:00'));
    const decide = (persona: Persona, day: string, is_closed: boolean) =>
      call(db, persona, 'save_support_holiday', { calendar_id: calendar, day, name: 'Pont', is_closed });
    expect(await add(calendar, '2026-05-13T17:00+02:00', 120)).toBe('2026-05-15T08:00Z');
    await decide(admin, '2026-05-15', true);
    expect(await add(calendar, '2026-05-13T17:00+02:00', 120)).toBe('2026-05-18T08:00Z');
    await decide(admin, '2026-05-14', false);
    expect(await add(calendar, '2026-05-13T17:00+02:00', 120)).toBe('2026-05-14T08:00Z');
    await expect(decide(support, '2026-05-18', true)).rejects.toMatchObject({ code: '42501' });
    const { rows } = await call(db, admin, 'list_support_holidays', { calendar_id: calendar, year: 2026 });
    expect(rows.filter(({ name }) => name === 'Pont')).toEqual([
      { day: '2026-05-14', rule: 'ascension', name: 'Pont', is_closed: false },
      { day: '2026-05-15', rule: null, name: 'Pont', is_closed: true },
    ]);
  });

  it('of an unknown calendar are refused', async () => {
    await expect(
      call(db, admin, 'list_support_holidays', { calendar_id: crypto.randomUUID(), year: 2026 }),
    ).rejects.toMatchObject({ code: 'PT404', hint: 'calendar_not_found' });
  });
});

describe('a calendar', () => {
  const monday = (starts: string, ends: string) => ({ weekday: 1, starts, ends });
  it.each([
    ['no hours', []],
    ['hours that overlap', [monday('09:00', '12:30'), monday('12:00', '18:00')]],
    ['hours that end before they begin', [monday('18:00', '09:00')]],
    ['hours over midnight', [monday('22:00', '24:30')]],
    ['an eighth day', [{ ...monday('09:00', '18:00'), weekday: 8 }]],
    ['no times', [{ weekday: 1 }]],
    ['words', 'Monday'],
  ])('with %s is refused', async (_, hours) => {
    await expect(newCalendar(db, hours as never)).rejects.toMatchObject({ hint: 'invalid_calendar' });
  });

  it('on no known clock is refused', async () => {
    await expect(newCalendar(db, week('09:00-18:00'), { time_zone: 'Mars/Olympus' })).rejects.toMatchObject({
      hint: 'invalid_calendar',
    });
  });

  it('is changed by administrators, and the change is audited', async () => {
    const [seen] = await db.sql<[NonNullable<RpcArgs<'save_support_calendar'>['seen']>]>`
      select name, time_zone, hours, holiday_rule from public.support_calendars where id = ${early}`;
    const rename = (persona: Persona) =>
      call(db, persona, 'save_support_calendar', { calendar_id: early, seen, ...seen, name: 'Tôt' });
    await expect(rename(support)).rejects.toMatchObject({ hint: 'permission_denied' });
    await rename(admin);
    const [event] = await db.sql`select user_id, event_data from public.events
      where event_type = 'support_calendar_changed' and subject_id = ${early} order by sequence desc limit 1`;
    expect(event).toMatchObject({ user_id: admin.userId, event_data: { after: { name: 'Tôt' } } });
  });

  it('of the beginning works Monday to Friday nine to six and promises two hours, one if critical', async () => {
    const rows = await db.sql`select priority, first_response_minutes, time_zone, hours
      from public.sla_policies join public.support_calendars on support_calendars.id = calendar_id
      order by first_response_minutes, priority`;
    expect(rows.map(({ priority, first_response_minutes: minutes }) => [priority, minutes])).toEqual([
      ['critical', 60],
      ['high', 120],
      ['low', 120],
      ['medium', 120],
    ]);
    expect(rows[0]).toMatchObject({ time_zone: 'Europe/Paris', hours: week('09:00-18:00') });
  });
});
