import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RpcArgs } from '../contracts/rpc/index.ts';
import { createTestDatabase, type Persona, type TestDatabase } from './database.ts';
import { week } from './support-hours.ts';
import { call, newTicket } from './tickets.ts';

let db: TestDatabase;
let [admin, support, viewer] = [] as unknown as [Persona, Persona, Persona];
beforeAll(async () => {
  db = await createTestDatabase();
  [admin, support, viewer] = [await db.addStaff('admin'), await db.addStaff('support'), await db.addStaff('viewer')];
});
afterAll(() => db.drop());

type Calendar = NonNullable<RpcArgs<'save_support_calendar'>['seen']>;
type Policy = RpcArgs<'save_sla_policy'>['seen'];
const office: Calendar = {
  name: 'Atelier',
  time_zone: 'Europe/Paris',
  hours: week('00:00-24:00', 7),
  holiday_rule: 'none',
};
let calendarId: string;
/** A calendar that never sleeps, which everything is promised by. */
beforeEach(async () => {
  await db.sql`update public.support_tickets set status = 'closed' where status <> 'closed'`;
  const name = crypto.randomUUID();
  const saved = await call(db, admin, 'save_support_calendar', { calendar_id: null, seen: null, ...office, name });
  calendarId = saved.id;
  await db.sql`update public.sla_policies set calendar_id = ${calendarId}`;
});
const readCalendar = async () =>
  (
    await db.sql<[Calendar]>`select name, time_zone, hours, holiday_rule from public.support_calendars
      where id = ${calendarId}`
  )[0];
const saveCalendar = async (over: Partial<Calendar>, persona = admin, seen?: Calendar) => {
  const read = seen ?? (await readCalendar());
  return call(db, persona, 'save_support_calendar', { calendar_id: calendarId, seen: read, ...read, ...over });
};
const readPolicy = async (priority: string) =>
  (
    await db.sql<[Policy]>`select calendar_id, first_response_minutes, next_response_minutes, resolution_minutes,
      warn_minutes, raise_to, is_reassigned, is_paused_while_waiting
      from public.sla_policies where priority = ${priority}`
  )[0];
const dueAt = async (number: number) =>
  ((await db.sql`select due_at from public.support_tickets where number = ${number}`)[0]!['due_at'] as Date).getTime();
const events = async (type: string) =>
  (await db.sql`select user_id, event_data from public.events where event_type = ${type} order by sequence`).at(-1);
const changed = (...keys: string[]) => ({
  code: 'PT409',
  hint: 'support_setting_changed',
  detail: JSON.stringify(keys).replaceAll(',', ', '),
});

describe('a calendar', () => {
  it('that changes moves what is open, says how much, and leaves what is over', async () => {
    const [open, over] = [await newTicket(db), await newTicket(db)];
    await db.sql`update public.support_tickets set status = 'resolved' where number = ${over.number}`;
    const before = await dueAt(open.number);
    const [resolved] = await db.sql`select first_response_due_at from public.support_tickets
      where number = ${over.number}`;
    // Of each day the first minute alone is worked.
    expect(await saveCalendar({ hours: week('00:00-00:01', 7) })).toEqual({ id: calendarId, moved: 1 });
    expect(await dueAt(open.number)).toBeGreaterThan(before + 86_400_000);
    expect(
      await db.sql`select first_response_due_at from public.support_tickets where number = ${over.number}`,
    ).toEqual([resolved]);
    expect(await saveCalendar({ name: crypto.randomUUID() })).toEqual({ id: calendarId, moved: 0 });
    expect(await events('support_calendar_changed')).toMatchObject({ user_id: admin.userId });
  });

  it('somebody changed meanwhile is not written over, and what differs is named', async () => {
    const seen = await readCalendar();
    await saveCalendar({ time_zone: 'UTC' });
    await expect(saveCalendar({ hours: week('09:00-18:00') }, admin, seen)).rejects.toMatchObject(changed('time_zone'));
    expect(await readCalendar()).toEqual({ ...seen, time_zone: 'UTC' });
    const blindly = (what: unknown) =>
      call(db, admin, 'save_support_calendar', { calendar_id: calendarId, ...office, seen: what as never });
    await expect(blindly({})).rejects.toMatchObject({ hint: 'support_setting_changed' });
    await expect(blindly(null)).rejects.toMatchObject({ hint: 'invalid_argument' });
  });

  it.each<[string, object, string]>([
    ['hours over each other', { hours: [...week('09:00-12:30'), ...week('12:00-18:00')] }, 'invalid_calendar'],
    ['no hours', { hours: [] }, 'invalid_calendar'],
    ['null for hours', { hours: null }, 'invalid_calendar'],
    ['no place', { time_zone: null }, 'invalid_calendar'],
    ['a place that is none', { time_zone: 'Mars/Olympus' }, 'invalid_calendar'],
    ['no name', { name: '  ' }, 'invalid_calendar'],
    ['another rule', { holiday_rule: 'belgium' }, 'invalid_calendar'],
    ['the name of another', { name: 'Bureau' }, 'calendar_name_taken'],
  ])('with %s is refused and stays', async (_, over, hint) => {
    const before = await readCalendar();
    await expect(saveCalendar(over)).rejects.toMatchObject({ hint });
    expect(await readCalendar()).toEqual(before);
  });

  it('nobody knows is not changed', async () => {
    await expect(
      call(db, admin, 'save_support_calendar', { calendar_id: crypto.randomUUID(), seen: office, ...office }),
    ).rejects.toMatchObject({ code: 'PT404', hint: 'calendar_not_found' });
  });
});

describe('a calendar that is deleted', () => {
  const remove = async (persona = admin, seen?: Calendar, id = calendarId) =>
    call(db, persona, 'delete_support_calendar', { calendar_id: id, seen: seen ?? (await readCalendar()) });
  const unused = async () => {
    const [office] = await db.sql`select id from public.support_calendars where name = 'Bureau'`;
    await db.sql`update public.sla_policies set calendar_id = ${office!['id']}`;
  };

  it('is refused while something is promised by it, by name, and stays', async () => {
    await unused();
    await db.sql`update public.sla_policies set calendar_id = ${calendarId} where priority in ('low', 'high')`;
    await expect(remove()).rejects.toMatchObject({
      code: 'PT409',
      hint: 'calendar_in_use',
      detail: '["high", "low"]',
    });
    expect(await readCalendar()).toBeDefined();
  });

  it('goes with its days once nothing is, and the audit keeps what it was', async () => {
    await unused();
    const before = await readCalendar();
    await call(db, admin, 'save_support_holiday', { calendar_id: calendarId, day: '2026-12-28', is_closed: true });
    await remove();
    expect(await readCalendar()).toBeUndefined();
    expect(await db.sql`select 1 from public.support_holidays where calendar_id = ${calendarId}`).toHaveLength(0);
    expect(await events('support_calendar_deleted')).toMatchObject({ user_id: admin.userId, event_data: { before } });
    await expect(remove(admin, before)).rejects.toMatchObject({ code: 'PT404', hint: 'calendar_not_found' });
  });

  it('somebody changed meanwhile stays, and so it does for who may not', async () => {
    await unused();
    const seen = await readCalendar();
    await saveCalendar({ time_zone: 'UTC' });
    await expect(remove(admin, seen)).rejects.toMatchObject(changed('time_zone'));
    for (const persona of [support, viewer])
      await expect(remove(persona)).rejects.toMatchObject({ hint: 'permission_denied' });
    expect(await readCalendar()).toMatchObject({ time_zone: 'UTC' });
  });

  it('at the moment something is promised by it is refused, or the promise is', async () => {
    await unused();
    const [seen, policy] = [await readCalendar(), await readPolicy('low')];
    const [deleted, promised] = await Promise.allSettled([
      remove(admin, seen),
      call(db, admin, 'save_sla_policy', { priority: 'low', seen: policy, ...policy, calendar_id: calendarId }),
    ]);
    expect([deleted.status, promised.status].toSorted()).toEqual(['fulfilled', 'rejected']);
    const { reason } = [deleted, promised].find(({ status }) => status === 'rejected') as PromiseRejectedResult;
    expect(reason).toMatchObject({ hint: deleted.status === 'rejected' ? 'calendar_in_use' : 'calendar_not_found' });
  });
});

describe('a decision about a day', () => {
  const decide = (over: Partial<RpcArgs<'save_support_holiday'>>, persona = admin) =>
    call(db, persona, 'save_support_holiday', { calendar_id: calendarId, day: '2026-12-28', ...over });
  const days = async () =>
    (await call(db, viewer, 'list_support_holidays', { calendar_id: calendarId, year: 2026 })).rows;

  it('closes it, is renamed, and is taken back, each in the audit', async () => {
    expect(await decide({ is_closed: true, name: ' Inventaire ' })).toEqual({ moved: 0 });
    expect(await days()).toEqual([{ day: '2026-12-28', rule: null, name: 'Inventaire', is_closed: true }]);
    await decide({ seen: { name: 'Inventaire', is_closed: true }, is_closed: true, name: 'Pont' });
    await decide({ seen: { name: 'Pont', is_closed: true }, is_closed: null });
    expect(await days()).toEqual([]);
    expect(await events('support_holiday_changed')).toMatchObject({
      user_id: admin.userId,
      event_data: { before: { day: '2026-12-28', name: 'Pont' } },
    });
    expect(await decide({ is_closed: null })).toEqual({ moved: 0 });
  });

  it('moves open tickets when it is made and when it is taken back', async () => {
    const { number } = await newTicket(db);
    const before = await dueAt(number);
    const [row] = await db.sql`select (now() at time zone 'Europe/Paris')::date::text as today,
      ((now() + interval '1 day') at time zone 'Europe/Paris')::date::text as tomorrow`;
    const { today, tomorrow } = row as { today: string; tomorrow: string };
    for (const day of [today, tomorrow]) await decide({ day, is_closed: true });
    expect(await dueAt(number)).toBeGreaterThan(before);
    const seen = { name: '', is_closed: true };
    await decide({ day: tomorrow, seen, is_closed: null });
    expect(await decide({ day: today, seen, is_closed: null })).toEqual({ moved: 1 });
    expect(await dueAt(number)).toBe(before);
  });

  it('somebody else made meanwhile is not written over', async () => {
    await decide({ is_closed: true, name: 'Pont' });
    await expect(decide({ is_closed: false })).rejects.toMatchObject(changed('day'));
    await expect(decide({ seen: { name: 'Autre', is_closed: true }, is_closed: null })).rejects.toMatchObject({
      hint: 'support_setting_changed',
    });
    expect(await days()).toHaveLength(1);
  });

  it.each<[string, object, string]>([
    ['of no year', { day: '3026-01-01', is_closed: true }, 'invalid_argument'],
    ['of no month', { day: '2026-02-31', is_closed: true }, 'invalid_argument'],
    ['that is none', { day: null, is_closed: true }, 'invalid_argument'],
    ['with a long name', { is_closed: true, name: 'x'.repeat(81) }, 'invalid_argument'],
    ['of no calendar', { calendar_id: crypto.randomUUID(), is_closed: true }, 'calendar_not_found'],
  ])('%s is refused', async (_, over, hint) => {
    await expect(decide(over)).rejects.toMatchObject({ hint });
  });
});

describe('what is promised', () => {
  const save = async (over: Partial<Policy>, persona = admin, seen?: Policy) => {
    const read = seen ?? (await readPolicy('medium'));
    return call(db, persona, 'save_sla_policy', { priority: 'medium', seen: read, ...read, ...over });
  };

  it('changes, and moves what is open', async () => {
    const { number } = await newTicket(db);
    const before = await dueAt(number);
    const { first_response_minutes: minutes } = await readPolicy('medium');
    expect(await save({ first_response_minutes: minutes! + 30 })).toEqual({ moved: 1 });
    expect(await dueAt(number)).toBe(before + 30 * 60_000);
    const over = { next_response_minutes: null, raise_to: null, is_paused_while_waiting: false };
    await save(over);
    expect(await readPolicy('medium')).toMatchObject(over);
    expect(await events('sla_policy_changed')).toMatchObject({ user_id: admin.userId });
  });

  it('by somebody else meanwhile is not written over', async () => {
    const seen = await readPolicy('medium');
    await save({ warn_minutes: seen.warn_minutes + 1 });
    await expect(save({ raise_to: 'critical' }, admin, seen)).rejects.toMatchObject(changed('warn_minutes'));
    expect(await readPolicy('medium')).toEqual({ ...seen, warn_minutes: seen.warn_minutes + 1 });
  });

  it.each<[string, object, string]>([
    ['in no time', { first_response_minutes: 0 }, 'invalid_sla_policy'],
    ['in too much', { resolution_minutes: 100_001 }, 'invalid_sla_policy'],
    ['with a warning after it', { warn_minutes: -1 }, 'invalid_sla_policy'],
    ['and raised to a lower priority', { raise_to: 'low' }, 'invalid_sla_policy'],
    ['and raised to none', { raise_to: 'urgent' }, 'invalid_sla_policy'],
    ['with a pause nobody knows of', { is_paused_while_waiting: null }, 'invalid_sla_policy'],
    ['by no calendar', { calendar_id: crypto.randomUUID() }, 'calendar_not_found'],
  ])('%s is refused', async (_, over, hint) => {
    const before = await readPolicy('medium');
    await expect(save(over)).rejects.toMatchObject({ hint });
    expect(await readPolicy('medium')).toEqual(before);
  });
});

describe('assignment', () => {
  const settings = async () =>
    Object.fromEntries(
      (await db.sql`select key, value from public.settings where key like 'ticket_%'`).map(({ key, value }) => [
        key,
        value,
      ]),
    );

  it('is switched off and on by who may, and by nobody over another', async () => {
    const seen = { is_enabled: true, away_hours: 4 };
    await call(db, admin, 'save_ticket_assignment', { seen, is_enabled: false, away_hours: 8 });
    expect(await settings()).toMatchObject({ ticket_assignment_enabled: false, ticket_away_hours: 8 });
    const again = call(db, admin, 'save_ticket_assignment', { seen, is_enabled: true, away_hours: 4 });
    await expect(again).rejects.toMatchObject(changed('is_enabled', 'away_hours'));
    const now = { is_enabled: false, away_hours: 8 };
    await expect(
      call(db, admin, 'save_ticket_assignment', { seen: now, is_enabled: true, away_hours: 0 }),
    ).rejects.toMatchObject({ hint: 'invalid_setting' });
    expect(await settings()).toMatchObject({ ticket_assignment_enabled: false, ticket_away_hours: 8 });
    await call(db, admin, 'save_ticket_assignment', { seen: now, ...seen });
  });

  it('of a person takes topics and capacity, cleaned, in the audit', async () => {
    const seen = { skills: [], capacity: 5 };
    const given = { user_id: support.userId, skills: [' QR Code ', '', 'QR Code', 'facturation'], capacity: 0 };
    const answer = { user_id: support.userId, skills: ['QR Code', 'facturation'], capacity: 0 };
    expect(await call(db, admin, 'save_staff_assignment', { ...given, seen })).toEqual(answer);
    expect(await events('staff_capacity_changed')).toMatchObject({ event_data: { after: { capacity: 0 } } });
    await expect(call(db, admin, 'save_staff_assignment', { ...given, seen })).rejects.toMatchObject(
      changed('skills', 'capacity'),
    );
  });

  it.each<[string, object, string]>([
    ['too many topics', { skills: Array.from({ length: 31 }, (_, index) => `sujet ${index}`) }, 'invalid_skills'],
    ['a topic of two lines', { skills: ['QR\nCode'] }, 'invalid_skills'],
    ['a capacity below nothing', { capacity: -1 }, 'invalid_argument'],
    ['nobody', { user_id: '00000000-0000-4000-8000-000000000000' }, 'not_found'],
  ])('of %s is refused', async (_, over, hint) => {
    const given = { user_id: viewer.userId, seen: { skills: [], capacity: 5 }, skills: [], capacity: 5 };
    await expect(call(db, admin, 'save_staff_assignment', { ...given, ...over })).rejects.toMatchObject({ hint });
  });
});

it('support and viewers configure nothing', async () => {
  const policy = await readPolicy('low');
  for (const persona of [support, viewer]) {
    const refused = [
      () => saveCalendar({ name: 'Autre' }, persona),
      () => call(db, persona, 'save_support_holiday', { calendar_id: calendarId, day: '2026-12-28', is_closed: true }),
      () => call(db, persona, 'save_sla_policy', { priority: 'low', seen: policy, ...policy, warn_minutes: 1 }),
      () =>
        call(db, persona, 'save_ticket_assignment', {
          seen: { is_enabled: true, away_hours: 4 },
          is_enabled: false,
          away_hours: 4,
        }),
      () =>
        call(db, persona, 'save_staff_assignment', {
          user_id: persona.userId,
          seen: { skills: [], capacity: 5 },
          skills: ['tout'],
          capacity: 9,
        }),
    ];
    for (const attempt of refused) await expect(attempt()).rejects.toMatchObject({ hint: 'permission_denied' });
  }
  expect(await readPolicy('low')).toEqual(policy);
});
