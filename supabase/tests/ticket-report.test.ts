import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TicketFigures } from '../contracts/rows/ticket.ts';
import type { RpcArgs } from '../contracts/rpc/index.ts';
import { createTestDatabase, type Persona, type TestDatabase } from './database.ts';
import { call, newCustomer } from './tickets.ts';

let db: TestDatabase;
let customerId: string;
let [marc, lea, sophie] = [] as unknown as [Persona, Persona, Persona];

/** A ticket of 2026 (nine to six, Monday to Friday), answered and resolved so many working minutes later. */
async function past(
  when: string,
  answered: number | null,
  resolved: number | null,
  over: Record<string, unknown> = {},
) {
  const [ticket] = await db.sql`insert into public.support_tickets ${db.sql({
    subject: 'QR Code',
    channel: 'client',
    customer_id: customerId,
    created_at: when,
    ...over,
  } as never)} returning id, number`;
  const id = ticket!['id'] as string;
  const after = async (minutes: number) =>
    (
      await db.sql`select private.add_working_seconds(calendar_id, ${when}::timestamptz, ${minutes * 60}) as moment
        from public.sla_policies where priority = 'medium'`
    )[0]!['moment'] as Date;
  await db.sql`insert into public.ticket_messages (ticket_id, author_kind, channel, body, created_at)
    values (${id}, 'customer', 'client', 'Bonjour', ${when})`;
  if (answered !== null)
    await db.sql`insert into public.ticket_messages (ticket_id, author_kind, author_id, channel, body, created_at)
      values (${id}, 'staff', ${marc.userId}, 'console', 'Voici', ${await after(answered)})`;
  if (resolved !== null) {
    const end = await after(resolved);
    await db.sql`update public.support_tickets set status = 'resolved' where id = ${id}`;
    await db.sql`update public.support_tickets set resolved_at = ${end} where id = ${id}`;
    await db.sql`update public.ticket_events set created_at = ${end} where ticket_id = ${id}
      and kind = 'status_changed'`;
    await db.sql`select private.count_ticket_deadlines(array[${id}]::uuid[])`;
  }
  return Number(ticket!['number']);
}
const numbers = {} as Record<'quick' | 'slow' | 'late' | 'open' | 'other', number>;
beforeAll(async () => {
  db = await createTestDatabase();
  [marc, lea, sophie] = [await db.addStaff('support'), await db.addStaff('support'), await db.addStaff('viewer')];
  ({ customerId } = await newCustomer(db));
  numbers.quick = await past('2026-03-02T09:00+01:00', 10, 60, { assigned_to: marc.userId, tags: ['qr'] });
  numbers.slow = await past('2026-03-03T09:00+01:00', 30, 120, { assigned_to: marc.userId, tags: ['qr', 'vip'] });
  numbers.late = await past('2026-03-10T09:00+01:00', 150, 300, { assigned_to: lea.userId, priority: 'high' });
  numbers.open = await past('2026-03-11T09:00+01:00', null, null);
  // Sunday evening in UTC, Monday morning in Paris.
  numbers.other = await past('2026-03-15T23:30Z', 20, 30, { assigned_to: lea.userId });
  const merged = await past('2026-03-11T10:00+01:00', null, null);
  await call(db, marc, 'merge_tickets', { ticket_number: merged, into_number: numbers.open });
});
afterAll(() => db.drop());

const report = (group_by: 'assignee' | 'priority' | 'tag' | 'week', from = '2026-03-01', to = '2026-03-31') =>
  call(db, sophie, 'report_tickets', { from_day: from, to_day: to, group_by });
const opened = async (filter: RpcArgs<'search_tickets'>) =>
  (await call(db, sophie, 'search_tickets', { ...filter, sort: 'number', descending: false })).rows.map(
    ({ number }) => number,
  );

describe('a report', () => {
  it('counts, and tells median and ninetieth percentile in working seconds', async () => {
    const { total, time_zone } = await report('week');
    expect(time_zone).toBe('Europe/Paris');
    expect(total).toMatchObject({
      tickets: { count: 5 },
      // 10, 20, 30 and 150 minutes.
      first_response: { count: 4, median_seconds: 25 * 60, p90_seconds: 114 * 60 },
      // 30, 60, 120 and 300 minutes.
      resolution: { count: 4, median_seconds: 90 * 60, p90_seconds: 246 * 60 },
      breaches: { count: 2 },
      first_response_breaches: { count: 1 },
      next_response_breaches: { count: 0 },
      resolution_breaches: { count: 0 },
      several_breaches: { count: 1 },
    });
  });

  it('by week begins on Mondays where the business is', async () => {
    const { rows } = await report('week');
    expect(rows.map(({ key, tickets }) => [key, tickets.count])).toEqual([
      ['2026-03-02', 2],
      ['2026-03-09', 2],
      ['2026-03-16', 1],
    ]);
  });

  it('by assignee names people, and what nobody has', async () => {
    const { rows } = await report('assignee');
    const counts = Object.fromEntries(rows.map(({ key, label, tickets }) => [key ?? 'nobody', [label, tickets.count]]));
    expect(counts).toEqual({
      [marc.userId]: [marc.email, 2],
      [lea.userId]: [lea.email, 2],
      nobody: [null, 1],
    });
  });

  it('by priority begins with the gravest, by tag counts a ticket under each', async () => {
    expect((await report('priority')).rows.map(({ key, tickets }) => [key, tickets.count])).toEqual([
      ['high', 1],
      ['medium', 4],
    ]);
    expect((await report('tag')).rows.map(({ key, tickets }) => [key, tickets.count])).toEqual([
      ['qr', 2],
      ['vip', 1],
    ]);
  });

  it.each(['week', 'assignee', 'priority', 'tag'] as const)('by %s: each figure opens its tickets', async (group) => {
    const { rows, total } = await report(group);
    const figures = ({ tickets, first_response, resolution, breaches, ...late }: TicketFigures) => [
      tickets,
      first_response,
      resolution,
      breaches,
      late.first_response_breaches,
      late.next_response_breaches,
      late.resolution_breaches,
      late.several_breaches,
    ];
    for (const figure of [...rows, total!].flatMap(figures))
      expect(await opened(figure.filter), JSON.stringify(figure.filter)).toHaveLength(figure.count);
    expect(await opened(total!.first_response_breaches.filter)).toEqual([numbers.late]);
    expect(await opened(total!.several_breaches.filter)).toEqual([numbers.open]);
  });

  it('tells what was missed so that it adds up, an answer to a later message too', async () => {
    const when = '2026-04-07T09:00+02:00';
    const number = await past(when, 10, null);
    await db.sql`insert into public.ticket_messages (ticket_id, author_kind, channel, body, created_at)
      select id, 'customer', 'client', 'Encore', '2026-04-07T10:00+02:00' from public.support_tickets
      where number = ${number}`;
    await db.sql`insert into public.ticket_messages (ticket_id, author_kind, author_id, channel, body, created_at)
      select id, 'staff', ${marc.userId}, 'console', 'Voici', '2026-04-07T17:00+02:00' from public.support_tickets
      where number = ${number}`;
    await db.sql`update public.support_tickets set status = 'resolved' where number = ${number}`;
    await db.sql`update public.ticket_events set created_at = '2026-04-07T17:30+02:00'
      where kind = 'status_changed' and ticket_id = (select id from public.support_tickets where number = ${number})`;
    await db.sql`select private.count_ticket_deadlines(array(select id from public.support_tickets
      where number = ${number}))`;
    const { total } = await report('week', '2026-03-01', '2026-04-30');
    expect(await opened(total!.next_response_breaches.filter)).toEqual([number]);
    const parts = ['first_response', 'next_response', 'resolution', 'several'] as const;
    const counts = parts.map((part) => total![`${part}_breaches`].count);
    expect(counts).toEqual([1, 1, 0, 1]);
    expect(total!.breaches.count).toBe(3);
  });

  it('of a part of a week opens no day beside it, and of no ticket is empty', async () => {
    const part = await report('week', '2026-03-03', '2026-03-10');
    expect(part.total?.tickets.count).toBe(2);
    expect(await opened(part.rows[0]!.tickets.filter)).toEqual([numbers.slow]);
    expect(await report('week', '2020-01-01', '2020-01-02')).toMatchObject({ total: null, rows: [] });
  });

  it.each([
    ['2026-03-31', '2026-03-01'],
    ['2020-01-01', '2026-03-01'],
    ['2026-02-30', '2026-03-01'],
    ['-infinity', '2026-03-01'],
    ['demain', '2026-03-01'],
  ])('from %s to %s is refused', async (from, to) => {
    await expect(report('week', from, to)).rejects.toMatchObject({ hint: 'invalid_argument' });
  });

  it('by something else is refused, and so is a search for another promise', async () => {
    await expect(report('colour' as never)).rejects.toMatchObject({ hint: 'invalid_argument' });
    await expect(opened({ breached: 'lunch' as never })).rejects.toMatchObject({ hint: 'invalid_argument' });
  });
});
