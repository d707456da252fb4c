import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { supportHoursRpc } from '../contracts/rpc/support-hours.ts';
import { ticketRpc } from '../contracts/rpc/tickets.ts';
import { createTestDatabase, type Persona, type TestDatabase } from './database.ts';
import { newTicket } from './tickets.ts';

type Value = string | number | boolean | null | object;
const names = [...Object.keys(ticketRpc), ...Object.keys(supportHoursRpc)];

/** What nobody means, by the type of the argument; what PostgREST refuses before any function is not among it. */
const bad: Record<string, Value[]> = {
  text: [
    '',
    ' ',
    '2026-02-31',
    '2026-13-01',
    '0000-00-00',
    '9999-12-31',
    'infinity',
    '-infinity',
    'now',
    '2026-02-28T99:99Z',
    'x'.repeat(300),
    'x'.repeat(100_001),
    'a\u0001b\u007f',
    '\u202egpj.exe',
    '\ud83d\udc69\u200d\ud83d\ude80',
    '"(&|!:*-',
    '%_\\',
    "'; drop table public.support_tickets --",
    '{}',
    '#99999999999999999999',
  ],
  date: ['infinity', '-infinity', '5874897-12-31', '4713-01-01 BC'],
  jsonb: [
    null,
    'text',
    0,
    [],
    [null],
    [[]],
    {},
    { subject: null, status: 1, tags: 'x' },
    { snoozed_until: '2026-02-31T00:00Z' },
    { snoozed_until: 'infinity' },
    { snoozed_until: 5 },
    { assigned_to: 'nobody' },
    { license_id: '', customer_id: [] },
    { tags: [null] },
    { tags: ['x'.repeat(50)] },
    { priority: '', status: 'sleeping' },
    [{ weekday: 1.5, starts: '09:00', ends: '10:00' }],
    [{ weekday: 1e300, starts: null, ends: {} }],
    [{ weekday: '1', starts: '2026-02-31', ends: '25:00' }],
  ],
  'text[]': [[], [''], ['x'.repeat(300)], ['a\u0001b'], ['nothing'], Array.from({ length: 200 }, String)],
  integer: [-2_147_483_648, -1, 0, 1000, 2_147_483_647],
  bigint: ['-9223372036854775808', '0', '9223372036854775807'],
  uuid: ['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff'],
  boolean: [true, false],
};

let db: TestDatabase;
let admin: Persona;
let codes: Set<string>;
/** What makes sense for an argument of that name, so that the others are reached. */
let sensible: Record<string, Value>;
/** What a function that saves would have read. */
let seen: Record<string, Record<string, Value>>;
const parameters: Record<string, { name: string; type: string }[]> = {};
beforeAll(async () => {
  db = await createTestDatabase();
  admin = await db.addStaff('admin');
  const { number, messageId, customerId } = await newTicket(db);
  const other = await newTicket(db, { customerId });
  const [row] = await db.sql`select id, name, time_zone, hours, holiday_rule from public.support_calendars`;
  const { id: calendarId, ...calendar } = row as { id: string } & Record<string, Value>;
  const [promise] = await db.sql`select calendar_id, first_response_minutes, next_response_minutes, resolution_minutes,
    warn_minutes, raise_to, is_reassigned, is_paused_while_waiting from public.sla_policies where priority = 'low'`;
  const policy = promise as Record<string, Value>;
  const assignment = { is_enabled: true, away_hours: 4 };
  const member = { skills: [], capacity: 5 };
  codes = new Set((await db.sql`select code from private.error_codes`).map(({ code }) => code as string));
  sensible = {
    ticket_number: number,
    into_number: other.number,
    message_id: messageId,
    last_message_id: messageId,
    customer_id: customerId,
    calendar_id: calendarId,
    user_id: admin.userId,
    ...calendar,
    ...policy,
    ...assignment,
    ...member,
    changes: {},
    subject: 'x',
    body: 'x',
    kind: 'note',
    priority: 'low',
    day: '2026-12-28',
    from_day: '2026-11-01',
    to_day: '2026-11-30',
    created_from: '2026-11-01',
    created_to: '2026-11-30',
    year: 2026,
    is_closed: true,
  };
  seen = {
    save_support_calendar: calendar,
    delete_support_calendar: calendar,
    save_sla_policy: policy,
    save_ticket_assignment: assignment,
    save_staff_assignment: member,
  };
  for (const { name, parameter, type } of await db.sql`
    select proname as name, parameter, format_type(type, null) as type from pg_proc
    cross join unnest(proargnames, proargtypes::oid[]) with ordinality as given (parameter, type, place)
    where pronamespace = 'public'::regnamespace and proname = any (${names}) order by proname, place`)
    (parameters[name as string] ??= []).push({ name: parameter as string, type: type as string });
});
afterAll(() => db.drop());

const attempt = async (name: string, args: Record<string, Value>) => {
  const given = (parameters[name] ?? []).filter((parameter) => parameter.name in args);
  const list = given.map(({ name: key, type }, index) => `${key} => $${index + 1}::${type}`).join(', ');
  const values = given.map(({ name: key, type }) => (type === 'jsonb' ? db.sql.json(args[key] as never) : args[key]));
  try {
    await db.as(admin, async (sql) => {
      await sql.unsafe(`select public.${name}(${list})`, values as never[]);
      // What was accepted is nothing the next attempt finds.
      throw new Error('accepted');
    });
  } catch (error) {
    return error as { message: string; code?: string; hint?: string };
  }
  throw new Error('a transaction ended without an error');
};

describe('nonsense for an argument is accepted or refused by a code of ours', () => {
  it('and every function of support is tried', () => {
    expect(Object.keys(parameters).toSorted()).toEqual(
      names.filter((name) => !['count_ticket_folders', 'list_ticket_assignees'].includes(name)).toSorted(),
    );
  });

  it.each(names)('%s', async (name) => {
    const own = parameters[name] ?? [];
    const values: Record<string, Value> = seen[name] ? { ...sensible, seen: seen[name] } : sensible;
    const known = Object.fromEntries(own.flatMap(({ name: key }) => (key in values ? [[key, values[key]!]] : [])));
    for (const { name: key, type } of own)
      for (const value of [null, ...(bad[type] ?? [])]) {
        expect(bad, type).toHaveProperty([type]);
        const { message, code, hint } = await attempt(name, { ...known, [key]: value });
        const told = `${name}(${key} => ${JSON.stringify(value)?.slice(0, 80)}): ${code} ${message}`;
        expect(message === 'accepted' || codes.has(hint ?? ''), told).toBe(true);
      }
  });
});
