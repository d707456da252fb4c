import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type Persona, type TestDatabase } from './database.ts';
import { newCalendar, week } from './support-hours.ts';
import { call, customerWrites, newCustomer, newTicket } from './tickets.ts';

let db: TestDatabase;
let customerId: string;
let always: string;
let [marc, lea, admin] = [] as unknown as [Persona, Persona, Persona];
beforeAll(async () => {
  db = await createTestDatabase();
  always = await newCalendar(db, week('00:00-24:00', 7), { holiday_rule: 'none' });
  ({ customerId } = await newCustomer(db));
  admin = await db.addStaff('admin');
});
afterAll(() => db.drop());
beforeEach(async () => {
  await db.sql`update public.sla_policies set calendar_id = ${always}, is_reassigned = true`;
  [marc, lea] = [await db.addStaff('support'), await db.addStaff('support')];
});
afterEach(async () => {
  // Nobody of this test is there for the next, and nothing waits for him.
  await db.sql`update public.staff_presence set is_available = false`;
  await db.sql`update public.support_tickets set status = 'closed' where status <> 'closed'`;
});

const present = (persona: Persona, is_available: boolean | null = true) =>
  call(db, persona, 'set_support_presence', { is_available });
const knows = (persona: Persona, ...skills: string[]) =>
  db.sql`update public.staff set skills = ${skills} where user_id = ${persona.userId}`;
const holds = (persona: Persona, capacity: number) =>
  db.sql`update public.staff_presence set capacity = ${capacity} where user_id = ${persona.userId}`;
const open = (over: { subject?: string } = {}) => newTicket(db, { customerId, ...over });
const row = async (number: number) => (await db.sql`select * from public.support_tickets where number = ${number}`)[0]!;
const assignee = async (number: number) => (await row(number))['assigned_to'] as string | null;
const reasons = async (number: number) =>
  (
    await db.sql`select actor_kind, data from public.ticket_events
      join public.support_tickets on support_tickets.id = ticket_id
      where number = ${number} and kind = 'assigned' order by ticket_events.id`
  ).map(({ actor_kind, data }) => [actor_kind, data.reason, data.skills, data.load]);
const change = (persona: Persona, ticket_number: number, changes: object) =>
  call(db, persona, 'update_ticket', { ticket_number, changes });

describe('a new ticket', () => {
  it('is nobody’s while nobody is there, and taken when the first comes, the oldest first', async () => {
    await holds(marc, 1);
    const [first, second] = [await open(), await open()];
    expect([await assignee(first.number), await assignee(second.number)]).toEqual([null, null]);
    await present(marc);
    expect([await assignee(first.number), await assignee(second.number)]).toEqual([marc.userId, null]);
    await present(lea);
    expect(await assignee(second.number)).toBe(lea.userId);
    expect(await reasons(first.number)).toEqual([['system', 'load', undefined, 0]]);
  });

  it('goes to whoever knows what its subject or tags name, accents and case apart, and says so', async () => {
    await knows(lea, 'QR Code', 'Échecs', 'facturation');
    await present(marc);
    await present(lea);
    await open();
    const known = await open({ subject: 'Le QR-code, encore des echecs' });
    expect(await reasons(known.number)).toEqual([['system', 'skill', ['QR Code', 'Échecs'], expect.any(Number)]]);
    expect(await assignee(known.number)).toBe(lea.userId);
    const [tagged] = await db.sql`insert into public.support_tickets (subject, customer_id, tags)
      values ('Bonjour', ${customerId}, '{facturation}') returning assigned_to`;
    const [after] = await db.sql`select assigned_to from public.support_tickets where tags = '{facturation}'`;
    expect([tagged!['assigned_to'], after!['assigned_to']]).toEqual([null, lea.userId]);
  });

  it('is not mistaken for a part of a word', async () => {
    await knows(lea, 'code');
    await holds(lea, 1);
    await present(marc);
    await present(lea);
    const { number } = await open({ subject: 'Décodeur' });
    expect((await reasons(number))[0]![1]).toBe('load');
  });

  it('goes to the least loaded for what each can carry, and to nobody who is full', async () => {
    await holds(marc, 4);
    await holds(lea, 1);
    await present(marc);
    await present(lea);
    const tickets = [];
    for (let count = 0; count < 6; count += 1) tickets.push(await open());
    const taken = await Promise.all(tickets.map(({ number }) => assignee(number)));
    expect(taken.filter((id) => id === marc.userId)).toHaveLength(4);
    expect(taken.filter((id) => id === lea.userId)).toHaveLength(1);
    expect(taken[5]).toBeNull();
  });

  it('is given to nobody outside hours, without a sign of life for three minutes, or whose switch is off', async () => {
    const given = async (number: number) => [await assignee(number), (await reasons(number)).length];
    await present(marc);
    await db.sql`update public.staff_presence set heartbeat_at = now() - interval '181 seconds'
      where user_id = ${marc.userId}`;
    expect(await given((await open()).number)).toEqual([null, 0]);
    await present(marc, false);
    expect(await given((await open()).number)).toEqual([null, 0]);
    const closed = await newCalendar(db, week('00:00-24:00', 7));
    const [today] = await db.sql`select (now() at time zone 'Europe/Paris')::date::text as day`;
    await db.sql`insert into public.support_holidays (calendar_id, day) values (${closed}, ${today!['day']})`;
    await db.sql`update public.sla_policies set calendar_id = ${closed}`;
    await present(marc);
    expect(await given((await open()).number)).toEqual([null, 0]);
  });

  it('stays nobody’s where assignment is switched off', async () => {
    await db.sql`update public.settings set value = 'false' where key = 'ticket_assignment_enabled'`;
    await present(marc);
    const { number } = await open();
    await db.sql`select private.assign_tickets()`;
    expect(await assignee(number)).toBeNull();
    await db.sql`update public.settings set value = 'true' where key = 'ticket_assignment_enabled'`;
    await db.sql`select private.assign_tickets()`;
    expect(await assignee(number)).toBe(marc.userId);
  });

  it('never exceeds a capacity, however many come at once', async () => {
    await holds(marc, 3);
    await holds(lea, 2);
    await present(marc);
    await present(lea);
    const tickets = await Promise.all(Array.from({ length: 8 }, () => open()));
    const taken = await Promise.all(tickets.map(({ number }) => assignee(number)));
    expect(taken.filter((id) => id === marc.userId)).toHaveLength(3);
    expect(taken.filter((id) => id === lea.userId)).toHaveLength(2);
    expect(taken.filter((id) => id === null)).toHaveLength(3);
  });
});

describe('a place that is freed', () => {
  it('takes the oldest that waits at once: capacity three, four tickets, one resolved', async () => {
    await holds(marc, 3);
    await present(marc);
    const tickets = [await open(), await open(), await open(), await open(), await open()];
    const numbers = tickets.map(({ number }) => number);
    expect(await assignee(numbers[3]!)).toBeNull();
    await change(marc, numbers[0]!, { status: 'resolved' });
    expect([await assignee(numbers[3]!), await assignee(numbers[4]!)]).toEqual([marc.userId, null]);
    await change(marc, numbers[1]!, { status: 'waiting' });
    expect(await assignee(numbers[4]!)).toBe(marc.userId);
  });

  it('is freed by two at once without a deadlock, and filled once', async () => {
    await holds(marc, 2);
    await holds(lea, 2);
    await present(marc);
    await present(lea);
    const held = [await open(), await open(), await open(), await open()];
    const waiting = [await open(), await open(), await open()];
    await Promise.all([
      ...held.map(({ number }) => change(marc, number, { status: 'resolved' })),
      present(marc, null),
      present(lea, null),
    ]);
    await db.sql`select private.assign_tickets()`;
    const taken = await Promise.all(waiting.map(({ number }) => assignee(number)));
    expect(taken).not.toContain(null);
  });

  it('is not filled with what the same person has just put away', async () => {
    await present(marc);
    const { number } = await open();
    await change(marc, number, { assigned_to: null });
    await db.sql`select private.assign_tickets()`;
    expect(await assignee(number)).toBeNull();
    await present(lea);
    expect(await assignee(number)).toBe(lea.userId);
  });
});

describe('a ticket that comes back', () => {
  const resolved = async () => {
    const { number } = await open();
    await change(admin, number, { assigned_to: marc.userId, status: 'resolved' });
    return number;
  };
  const lastSeen = (hours: number) =>
    db.sql`update public.staff_presence set heartbeat_at = now() - make_interval(hours => ${hours})
      where user_id = ${marc.userId}`;

  it('to somebody long away goes to somebody who is there, and says why', async () => {
    const number = await resolved();
    await lastSeen(5);
    await present(lea);
    await customerWrites(db, number, 'Ça recommence');
    expect(await row(number)).toMatchObject({ status: 'open', assigned_to: lea.userId });
    expect((await reasons(number)).at(-1)).toEqual(['system', 'returned', undefined, 0]);
  });

  it('to somebody who was there an hour ago stays his', async () => {
    const number = await resolved();
    await lastSeen(1);
    await present(lea);
    await customerWrites(db, number, 'Ça recommence');
    expect(await assignee(number)).toBe(marc.userId);
  });

  it('while nobody is there stays his, until the first comes', async () => {
    const number = await resolved();
    const { messageId } = { messageId: await customerWrites(db, number, 'Une question') };
    await call(db, marc, 'reply_ticket', {
      ticket_number: number,
      body: 'Voici',
      last_message_id: messageId,
      next_status: 'resolved',
    });
    await lastSeen(5);
    await customerWrites(db, number, 'Ça recommence');
    expect(await assignee(number)).toBe(marc.userId);
    await present(lea);
    await db.sql`select private.assign_tickets()`;
    expect(await assignee(number)).toBe(lea.userId);
  });
});

describe('an assignee who stays silent past the deadline', () => {
  it('loses the ticket once, to somebody who is there', async () => {
    await present(marc);
    const { number } = await open();
    await present(lea);
    const due = (await row(number))['first_response_due_at'] as Date;
    const later = async (minutes: number) => {
      const moment = new Date(due.getTime() + minutes * 60_000);
      await db.sql`update public.staff_presence set heartbeat_at = ${moment}
        where user_id in (${marc.userId}, ${lea.userId})`;
      await db.sql`select private.assign_tickets(${moment})`;
      return assignee(number);
    };
    expect(await later(-1)).toBe(marc.userId);
    await db.sql`update public.sla_policies set is_reassigned = false`;
    expect(await later(1)).toBe(marc.userId);
    await db.sql`update public.sla_policies set is_reassigned = true`;
    expect(await later(1)).toBe(lea.userId);
    expect((await reasons(number)).at(-1)).toEqual(['system', 'silent', undefined, 0]);
    // In the timeline it is now; had it been then, the deadline would be past.
    await db.sql`update public.ticket_events set created_at = ${new Date(due.getTime() + 60_000)}
      where data ->> 'reason' = 'silent'`;
    expect(await later(2)).toBe(lea.userId);
  });
});

describe('presence', () => {
  it('is one’s own; a sign of life turns no switch', async () => {
    expect(await present(marc)).toMatchObject({ user_id: marc.userId, is_available: true, capacity: 5 });
    expect(await present(marc, null)).toMatchObject({ is_available: true });
    const off = await present(marc, false);
    expect(off.is_available).toBe(false);
    expect((await present(marc, null)).heartbeat_at).toBe(off.heartbeat_at);
  });

  it('is for those who answer tickets', async () => {
    await expect(present(await db.addStaff('viewer'))).rejects.toMatchObject({ code: '42501' });
  });

  it('changes no capacity but by administrators', async () => {
    for (const persona of [marc, admin])
      await expect(
        db.as(persona, (sql) => sql`update public.staff_presence set capacity = 99 where user_id = ${marc.userId}`),
      ).rejects.toMatchObject({ code: '42501' });
    const [known] = await db.sql`select skills, capacity from public.staff join public.staff_presence using (user_id)
      where user_id = ${marc.userId}`;
    const seen = known as { skills: string[]; capacity: number };
    await call(db, admin, 'save_staff_assignment', { user_id: marc.userId, seen, skills: seen.skills, capacity: 7 });
    const [event] = await db.sql`select user_id, event_data from public.events
      where event_type = 'staff_capacity_changed' order by sequence desc limit 1`;
    expect(event).toMatchObject({ user_id: admin.userId, event_data: { after: { capacity: 7 } } });
  });
});
