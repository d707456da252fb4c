import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newCalendar, week } from './support-hours.ts';
import { createDesk, opened, dueAt } from './ticket-deadlines.ts';
import { call } from './tickets.ts';

type Desk = Awaited<ReturnType<typeof createDesk>>;
let desk: Desk;
let db: Desk['db'];
let marc: Desk['marc'];
let openedAt: Desk['openedAt'];
let say: Desk['say'];
let answer: Desk['answer'];
let row: Desk['row'];
let due: Desk['due'];
let watch: Desk['watch'];
let alerts: Desk['alerts'];
beforeAll(async () => {
  desk = await createDesk();
  ({ db, marc, openedAt, say, answer, row, due, watch, alerts } = desk);
});
afterAll(() => desk.db.drop());
beforeEach(() => desk.usePromises());

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
