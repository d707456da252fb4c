import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type Persona, type TestDatabase } from './database.ts';
import { newCalendar, week } from './support-hours.ts';
import { call, newCustomer } from './tickets.ts';

let db: TestDatabase;
let marc: Persona;
let [lunch, office] = [] as unknown as [string, string];
let customerId: string;
beforeAll(async () => {
  db = await createTestDatabase();
  marc = await db.addStaff('support');
  lunch = await newCalendar(db, week('09:00-12:30', '13:30-18:00'));
  office = await newCalendar(db, week('09:00-18:00'));
  ({ customerId } = await newCustomer(db));
});
afterAll(() => db.drop());
beforeEach(async () => {
  await db.sql`update public.sla_policies set calendar_id = ${office}, first_response_minutes = 120,
    next_response_minutes = 60, resolution_minutes = 1080, warn_minutes = 30, raise_to = null,
    is_paused_while_waiting = true`;
  await db.sql`update public.sla_policies set raise_to = 'high' where priority = 'medium'`;
});

type Moment = [at: string, what: 'status' | 'priority' | 'customer' | 'staff', value?: string];
const at = (moment: Date | null) => moment?.toISOString().replace(':00.000Z', 'Z') ?? null;

/** The clocks of a history, as the pure function reckons them. */
async function clocks(history: Moment[], moment = '2027-01-01T00:00Z') {
  const begun: Moment[] = [[history[0]![0], 'status', 'open'], [history[0]![0], 'priority', 'medium'], ...history];
  const given = db.sql.json(begun.map(([when, what, value]) => ({ at: when, what, value })) as never);
  const rows = await db.sql`select clock.* from private.ticket_clocks(array(
      select row(said.at, said.what, said.value)::private.ticket_moment
      from rows from (jsonb_to_recordset(${given})
        as (at timestamptz, what text, value text)) with ordinality as said (at, what, value, place) order by place),
      ${moment}::timestamptz) as clock`;
  const of = (name: string) =>
    rows
      .filter(({ clock }) => clock === name)
      .map((row) => ({
        due: at(row['due_at']),
        warn: at(row['warn_at']),
        isRunning: row['is_running'],
        isLate: row['is_late'],
        seconds: row['seconds'] === null ? null : Number(row['seconds']),
      }));
  return { first: of('first_response')[0], next: of('next_response'), resolution: of('resolution')[0] };
}
const useLunch = () => db.sql`update public.sla_policies set calendar_id = ${lunch}`;

describe('the first response', () => {
  it.each([
    ['Tue 12:00 → 15:00', '2026-03-10T12:00+01:00', '2026-03-10T14:00Z'],
    ['Sun 23:00 → Mon 11:00', '2026-03-08T23:00+01:00', '2026-03-09T10:00Z'],
    ['to summer time', '2026-03-27T17:30+01:00', '2026-03-30T08:30Z'],
    ['to winter time', '2026-10-23T17:30+02:00', '2026-10-26T09:30Z'],
    ['over Ascension', '2026-05-13T17:00+02:00', '2026-05-15T08:00Z'],
  ])('opened %s', async (_, opened, due) => {
    await useLunch();
    expect((await clocks([[opened, 'customer']])).first).toMatchObject({ due, isRunning: true });
  });

  it('opened Mon 09:00 and waiting from 09:30 to 11:30 is due at 14:00, lunch left out', async () => {
    await useLunch();
    const waiting: Moment[] = [
      ['2026-03-09T09:00+01:00', 'customer'],
      ['2026-03-09T09:30+01:00', 'status', 'waiting'],
    ];
    expect((await clocks(waiting)).first).toMatchObject({ due: null, isRunning: false, isLate: false });
    const resumed = await clocks([...waiting, ['2026-03-09T11:30+01:00', 'status', 'open']]);
    expect(resumed.first).toMatchObject({ due: '2026-03-09T13:00Z', isRunning: true });
  });

  it('runs on while a ticket waits when its policy has no pause, and stands once it is resolved', async () => {
    await useLunch();
    await db.sql`update public.sla_policies set is_paused_while_waiting = false where priority = 'medium'`;
    const waiting: Moment[] = [
      ['2026-03-09T09:00+01:00', 'customer'],
      ['2026-03-09T09:30+01:00', 'status', 'waiting'],
    ];
    const late = await clocks(waiting, '2026-03-09T11:00+01:00');
    expect(late.first).toMatchObject({ due: '2026-03-09T10:00Z', isRunning: true, isLate: true });
    const over = await clocks([...waiting, ['2026-03-09T10:30+01:00', 'status', 'resolved']]);
    expect([over.first, over.resolution]).toMatchObject([
      { isRunning: false, isLate: false, seconds: 5400 },
      { isRunning: false, seconds: 5400 },
    ]);
  });

  it('opened Fri 17:30 and answered Mon 09:15 took 45 minutes', async () => {
    const { first, next } = await clocks([
      ['2026-03-13T17:30+01:00', 'customer'],
      ['2026-03-16T09:15+01:00', 'staff'],
    ]);
    expect(first).toMatchObject({ seconds: 45 * 60, isLate: false, isRunning: false, due: '2026-03-16T09:30Z' });
    expect(next).toEqual([]);
  });

  it('is warned of in working hours', async () => {
    const early = await newCalendar(db, week('08:00-18:00'));
    await db.sql`update public.sla_policies set calendar_id = ${early}, first_response_minutes = 240,
      warn_minutes = 60`;
    expect((await clocks([['2026-03-09T17:00+01:00', 'customer']])).first).toMatchObject({
      due: '2026-03-10T10:00Z',
      warn: '2026-03-10T09:00Z',
    });
  });

  it('is late from its deadline on, on time when given at it', async () => {
    const opened: Moment = ['2026-03-10T09:00+01:00', 'customer'];
    expect((await clocks([opened], '2026-03-10T09:59:59Z')).first).toMatchObject({ isLate: false });
    expect((await clocks([opened], '2026-03-10T10:00Z')).first).toMatchObject({ isLate: true });
    const given = async (when: string) => (await clocks([opened, [when, 'staff']])).first?.isLate;
    expect(await given('2026-03-10T10:00:00Z')).toBe(false);
    expect(await given('2026-03-10T10:00:01Z')).toBe(true);
  });

  it('of a ticket we began is not awaited, the answer to what the customer then writes is', async () => {
    const { first, next } = await clocks([
      ['2026-03-10T09:00+01:00', 'staff'],
      ['2026-03-10T09:00+01:00', 'status', 'waiting'],
      ['2026-03-10T10:00+01:00', 'customer'],
      ['2026-03-10T10:00+01:00', 'status', 'open'],
    ]);
    expect(first).toBeUndefined();
    expect(next).toMatchObject([{ due: '2026-03-10T10:00Z', isRunning: true }]);
  });

  it('is judged by the priority that held when it was given', async () => {
    await db.sql`update public.sla_policies set first_response_minutes = 60 where priority = 'critical'`;
    const { first, resolution } = await clocks([
      ['2026-03-10T09:00+01:00', 'customer'],
      ['2026-03-10T10:30+01:00', 'staff'],
      ['2026-03-10T11:00+01:00', 'priority', 'critical'],
    ]);
    expect(first).toMatchObject({ isLate: false, due: '2026-03-10T10:00Z' });
    expect(resolution).toMatchObject({ due: '2026-03-11T17:00Z' });
  });
});

describe('the next response', () => {
  const answered: Moment[] = [
    ['2026-03-10T09:00+01:00', 'customer'],
    ['2026-03-10T09:30+01:00', 'staff'],
  ];

  it('is awaited from the first message that is not answered, and by nobody while we spoke last', async () => {
    expect((await clocks(answered)).next).toEqual([]);
    const asked: Moment[] = [
      ...answered,
      ['2026-03-10T10:00+01:00', 'customer'],
      ['2026-03-10T10:40+01:00', 'customer'],
    ];
    expect((await clocks(asked)).next).toMatchObject([{ due: '2026-03-10T10:00Z', isRunning: true }]);
    const done = (await clocks([...asked, ['2026-03-10T10:50+01:00', 'staff']])).next;
    expect(done).toMatchObject([{ isRunning: false, isLate: false, seconds: 50 * 60 }]);
  });

  it('is not awaited once it is resolved, the customer’s thanks the last word', async () => {
    const { next, resolution } = await clocks([
      ...answered,
      ['2026-03-10T10:00+01:00', 'customer'],
      ['2026-03-10T10:05+01:00', 'status', 'resolved'],
    ]);
    expect(next).toMatchObject([{ isRunning: false, isLate: false, seconds: 5 * 60 }]);
    expect(resolution).toMatchObject({ isRunning: false, isLate: false, seconds: 65 * 60 });
  });

  it('promised sooner than the first overrules nothing before it', async () => {
    await db.sql`update public.sla_policies set next_response_minutes = 5`;
    const { first, next } = await clocks([
      ['2026-03-10T09:00+01:00', 'customer'],
      ['2026-03-10T09:10+01:00', 'customer'],
    ]);
    expect([first?.due, next]).toEqual(['2026-03-10T10:00Z', []]);
  });

  it('that came late stays so, whatever followed', async () => {
    const { next } = await clocks([
      ...answered,
      ['2026-03-10T10:00+01:00', 'customer'],
      ['2026-03-10T12:00+01:00', 'staff'],
      ['2026-03-10T14:00+01:00', 'customer'],
      ['2026-03-10T14:10+01:00', 'staff'],
    ]);
    expect(next.map(({ isLate }) => isLate)).toEqual([true, false]);
  });
});

describe('the resolution', () => {
  it('takes no time while it waits for the customer, nor while it is resolved', async () => {
    const { resolution } = await clocks([
      ['2026-03-10T09:00+01:00', 'customer'],
      ['2026-03-10T10:00+01:00', 'status', 'waiting'],
      ['2026-03-11T09:00+01:00', 'status', 'open'],
      ['2026-03-11T10:00+01:00', 'status', 'resolved'],
      ['2026-03-12T09:00+01:00', 'status', 'open'],
      ['2026-03-12T09:30+01:00', 'status', 'resolved'],
      ['2026-03-13T09:30+01:00', 'status', 'closed'],
    ]);
    expect(resolution).toMatchObject({ seconds: 2.5 * 3600, isLate: false });
  });
});

/** A ticket as it would be had it been opened then, with a message of the customer. */
async function openedAt(when: string, over: Record<string, unknown> = {}) {
  const [row] = await db.sql`insert into public.support_tickets ${db.sql({
    subject: 'QR Code',
    channel: 'client',
    customer_id: customerId,
    created_at: when,
    ...over,
  } as never)} returning id, number`;
  await say(row!['id'] as string, when);
  return { id: row!['id'] as string, number: Number(row!['number']) };
}
const say = (id: string, when: string, over: Record<string, unknown> = {}) =>
  db.sql`insert into public.ticket_messages ${db.sql({
    ticket_id: id,
    author_kind: 'customer',
    channel: 'client',
    body: 'Bonjour',
    created_at: when,
    ...over,
  } as never)} returning id`;
const answer = (id: string, when: string, over = {}) =>
  say(id, when, { author_kind: 'staff', author_id: marc.userId, channel: 'console', ...over });
const row = async (id: string) => (await db.sql`select * from public.support_tickets where id = ${id}`)[0]!;
const due = async (id: string) => at((await row(id))['due_at']);
const watch = (moment: string) => db.sql`select private.watch_tickets(${moment}::timestamptz)`;
const alerts = async (number: number) =>
  (
    await db.sql`select kind, data, customer_id from public.alerts
      where subject_type = 'ticket' and subject_id = ${String(number)} order by created_at, kind`
  ).map(({ kind, data, customer_id }) => [kind, data.clock, customer_id]);
// A Tuesday far enough ahead that no clock of today has passed it.
const [opened, dueAt] = ['2027-03-09T09:00+01:00', '2027-03-09T10:00Z'];

describe('a ticket', () => {
  it('carries its deadlines from its first moment, and the times it took', async () => {
    const { id } = await openedAt(opened);
    expect(await row(id)).toMatchObject({ is_breached: false, first_responded_at: null });
    expect([await due(id), at((await row(id))['warn_at'])]).toEqual([dueAt, '2027-03-09T09:30Z']);
    await answer(id, '2027-03-09T09:30+01:00');
    expect(await row(id)).toMatchObject({ first_response_seconds: 1800, asked_at: null, resolution_seconds: null });
    expect(await due(id)).toBe('2027-03-10T17:00Z');
    await say(id, '2027-03-09T11:00+01:00');
    expect(await due(id)).toBe('2027-03-09T11:00Z');
    expect(at((await row(id))['asked_at'])).toBe('2027-03-09T10:00Z');
  });

  it('that waits for the customer has no deadline, nor has one that is resolved', async () => {
    const { id, number } = await openedAt(opened);
    for (const status of ['waiting', 'open', 'resolved']) {
      await call(db, marc, 'update_ticket', { ticket_number: number, changes: { status } as never });
      expect((await due(id)) === null, status).toBe(status !== 'open');
    }
  });

  it('heeds no automatic answer, and no stranger', async () => {
    const { id } = await openedAt(opened);
    await answer(id, '2027-03-09T09:30+01:00');
    const before = await row(id);
    await say(id, '2027-03-09T10:00+01:00', { kind: 'auto_reply' });
    await say(id, '2027-03-09T10:00+01:00', { is_verified: false });
    expect(await row(id)).toEqual(before);
  });

  it('heeds an answer that is held once it has left, and never one that was taken back', async () => {
    const { id, number } = await openedAt(opened);
    const [held] = await answer(id, '2027-03-09T09:30+01:00', { held_until: '2027-03-09T09:30:10+01:00' });
    expect(await row(id)).toMatchObject({ first_responded_at: null });
    await watch('2027-03-09T11:01+01:00');
    expect(await alerts(number)).toEqual([]);
    await db.sql`update public.ticket_messages set held_until = null where id = ${held!['id']}`;
    expect(await row(id)).toMatchObject({ first_response_seconds: 1800, is_breached: false });
    await db.sql`update public.ticket_messages set withdrawn_at = now() where id = ${held!['id']}`;
    expect(await row(id)).toMatchObject({ first_responded_at: null, first_response_seconds: null });
  });

  it('that is open moves with its calendar, its holidays and its promise; one that is over does not', async () => {
    const calendar = await newCalendar(db, week('09:00-18:00'));
    await db.sql`update public.sla_policies set calendar_id = ${calendar} where priority = 'low'`;
    const open = await openedAt(opened, { priority: 'low' });
    const over = await openedAt(opened, { priority: 'low' });
    await call(db, marc, 'update_ticket', { ticket_number: over.number, changes: { status: 'closed' } });
    const kept = await row(over.id);
    await db.sql`update public.support_calendars set hours = ${db.sql.json(week('10:00-18:00') as never)}
      where id = ${calendar}`;
    expect(await due(open.id)).toBe('2027-03-09T11:00Z');
    await db.sql`insert into public.support_holidays (calendar_id, day) values (${calendar}, '2027-03-09')`;
    expect(await due(open.id)).toBe('2027-03-10T11:00Z');
    await db.sql`update public.sla_policies set first_response_minutes = 60 where priority = 'low'`;
    expect(await due(open.id)).toBe('2027-03-10T10:00Z');
    expect(await row(over.id)).toEqual(kept);
  });

  it('shows what it is promised, and each clock', async () => {
    const { id, number } = await openedAt(opened);
    await answer(id, '2027-03-09T09:30+01:00');
    const { sla } = await call(db, marc, 'get_ticket', { ticket_number: number });
    expect(sla).toMatchObject({ priority: 'medium', first_response_minutes: 120, time_zone: 'Europe/Paris' });
    expect(sla.clocks.map(({ clock, seconds }) => [clock, seconds])).toEqual([
      ['first_response', 1800],
      ['resolution', null],
    ]);
  });

  it('that goes on in another has no clock; the other counts what was said in it', async () => {
    const [source, target] = [await openedAt(opened), await openedAt(opened)];
    await answer(source.id, '2027-03-09T09:30+01:00');
    await call(db, marc, 'merge_tickets', { ticket_number: source.number, into_number: target.number });
    expect(await row(source.id)).toMatchObject({ due_at: null, warn_at: null, asked_at: null });
    expect(await row(target.id)).toMatchObject({ first_response_seconds: 1800, asked_at: null });
    await watch('2027-03-09T11:00+01:00');
    expect([await alerts(source.number), await alerts(target.number)]).toEqual([[], []]);
  });

  it('answered by two at once counts both answers', async () => {
    const { id } = await openedAt(opened);
    await Promise.all([answer(id, '2027-03-09T09:30+01:00'), answer(id, '2027-03-09T09:20+01:00')]);
    expect(await row(id)).toMatchObject({ first_response_seconds: 1200 });
  });
});

describe('the job of each minute', () => {
  it('warns once before a deadline, alerts once at it, and raises the priority, without the customer', async () => {
    const { id, number } = await openedAt(opened);
    await watch('2027-03-09T10:29+01:00');
    expect(await alerts(number)).toEqual([]);
    for (const minute of ['10:30', '10:31']) await watch(`2027-03-09T${minute}+01:00`);
    expect(await alerts(number)).toEqual([['ticket_due_soon', 'first_response', null]]);
    for (const minute of ['11:00', '11:01', '11:02']) await watch(`2027-03-09T${minute}+01:00`);
    expect(await alerts(number)).toEqual([
      ['ticket_due_soon', 'first_response', null],
      ['ticket_breached', 'first_response', null],
    ]);
    // A raise promises nothing new.
    expect(await row(id)).toMatchObject({ priority: 'high', is_breached: true, missed_clocks: ['first_response'] });
    expect(await due(id)).toBe(dueAt);
    const { timeline } = await call(db, marc, 'get_ticket', { ticket_number: number });
    expect(timeline.map(({ kind, actor_kind, data }) => [kind, actor_kind, data['reason'] ?? null]).slice(-2)).toEqual([
      ['breached', 'system', null],
      ['priority_changed', 'system', 'breached'],
    ]);
  });

  it('tells on Monday at nine what was missed on a Sunday at two', async () => {
    const always = await newCalendar(db, week('00:00-24:00', 7), { holiday_rule: 'none' });
    await db.sql`update public.sla_policies set calendar_id = ${always}`;
    const { id, number } = await openedAt('2027-03-14T00:00+01:00');
    expect(await due(id)).toBe('2027-03-14T01:00Z');
    await db.sql`update public.support_calendars set hours = ${db.sql.json(
      week('00:00-24:00', 6).concat({
        weekday: 7,
        starts: '00:00',
        ends: '02:00',
      }) as never,
    )} where id = ${always}`;
    await watch('2027-03-14T02:00+01:00');
    await watch('2027-03-14T23:59+01:00');
    expect(await alerts(number)).toEqual([]);
    expect(await row(id)).toMatchObject({ is_breached: true, priority: 'medium' });
    await watch('2027-03-15T09:00+01:00');
    expect(await alerts(number)).toEqual([['ticket_breached', 'first_response', null]]);
  });

  it('tells of each answer that is awaited, and of the end', async () => {
    const { id, number } = await openedAt(opened);
    await answer(id, '2027-03-09T09:30+01:00');
    await say(id, '2027-03-09T10:00+01:00');
    await watch('2027-03-09T11:00+01:00');
    await answer(id, '2027-03-09T11:30+01:00');
    await say(id, '2027-03-09T12:00+01:00');
    await watch('2027-03-09T13:00+01:00');
    await watch('2027-03-10T18:00+01:00');
    await watch('2027-03-11T09:00+01:00');
    expect((await alerts(number)).filter(([kind]) => kind === 'ticket_breached')).toEqual([
      ['ticket_breached', 'next_response', null],
      ['ticket_breached', 'next_response', null],
      ['ticket_breached', 'resolution', null],
    ]);
    expect((await row(id))['missed_clocks']).toEqual(['next_response', 'resolution']);
  });

  it('tells of a ticket that waits only where its clocks run on', async () => {
    const [paused, counted] = [await openedAt(opened), await openedAt(opened)];
    await db.sql`update public.sla_policies set is_paused_while_waiting = false where priority = 'low'`;
    await db.sql`update public.support_tickets set priority = 'low' where id = ${counted.id}`;
    await db.sql`update public.support_tickets set status = 'waiting' where id in (${paused.id}, ${counted.id})`;
    await db.sql`update public.ticket_events set created_at = ${opened}
      where ticket_id in (${paused.id}, ${counted.id})`;
    await db.sql`select private.count_ticket_deadlines(array[${paused.id}, ${counted.id}]::uuid[], ${opened})`;
    await watch('2027-03-09T11:00+01:00');
    expect((await alerts(counted.number)).at(-1)).toEqual(['ticket_breached', 'first_response', null]);
    expect(await alerts(paused.number)).toEqual([]);
    expect([await row(counted.id), await row(paused.id)]).toMatchObject([
      { missed_clocks: ['first_response'] },
      { missed_clocks: [], due_at: null },
    ]);
  });

  it('wakes what has slept long enough, and says so', async () => {
    const { id, number } = await openedAt(opened);
    await db.sql`update public.support_tickets set snoozed_until = '2027-03-09T09:30+01:00' where id = ${id}`;
    await watch('2027-03-09T09:29+01:00');
    expect((await row(id))['snoozed_until']).not.toBeNull();
    await watch('2027-03-09T09:30+01:00');
    await watch('2027-03-09T09:31+01:00');
    expect((await row(id))['snoozed_until']).toBeNull();
    const { timeline } = await call(db, marc, 'get_ticket', { ticket_number: number });
    expect(timeline.filter(({ kind }) => kind === 'woke')).toMatchObject([{ actor_kind: 'system' }]);
  });
});
