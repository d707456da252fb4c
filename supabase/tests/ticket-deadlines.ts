import { createTestDatabase, type Persona, type TestDatabase } from './database.ts';
import { newCalendar, week } from './support-hours.ts';
import { newCustomer } from './tickets.ts';

export type Moment = [at: string, what: 'status' | 'priority' | 'customer' | 'staff', value?: string];
export const at = (moment: Date | null) => moment?.toISOString().replace(':00.000Z', 'Z') ?? null;
// A Tuesday far enough ahead that no clock of today has passed it.
export const [opened, dueAt] = ['2027-03-09T09:00+01:00', '2027-03-09T10:00Z'] as const;

/** A database with the promises of an office, and what is tried with its tickets. */
export async function createDesk() {
  const db = await createTestDatabase();
  const marc = await db.addStaff('support');
  const lunch = await newCalendar(db, week('09:00-12:30', '13:30-18:00'));
  const office = await newCalendar(db, week('09:00-18:00'));
  const { customerId } = await newCustomer(db);
  return { db, marc, ...clocksOf(db), ...ticketsOf(db, marc, customerId), useLunch, usePromises };

  function useLunch() {
    return db.sql`update public.sla_policies set calendar_id = ${lunch}`;
  }
  async function usePromises() {
    await db.sql`update public.sla_policies set calendar_id = ${office}, first_response_minutes = 120,
      next_response_minutes = 60, resolution_minutes = 1080, warn_minutes = 30, raise_to = null,
      is_paused_while_waiting = true`;
    await db.sql`update public.sla_policies set raise_to = 'high' where priority = 'medium'`;
  }
}

function clocksOf(db: TestDatabase) {
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
  return { clocks };
}

function ticketsOf(db: TestDatabase, marc: Persona, customerId: string) {
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
  return { openedAt, say, answer, row, due, watch, alerts };
}
