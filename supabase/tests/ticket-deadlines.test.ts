import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newCalendar, week } from './support-hours.ts';
import { createDesk, at, opened, dueAt } from './ticket-deadlines.ts';
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
