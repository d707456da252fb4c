import type postgres from 'postgres';
import type { DemoData } from './demo-data.ts';
import type { StaffMember } from './load.ts';
import { Random } from './random.ts';
import words from './ticket-words.json' with { type: 'json' };

const MINUTE = 60_000;
const DAY = 86_400_000;
/** Fourteen months. */
const HISTORY = 426 * DAY;

interface Scenario {
  subject: string;
  tags: string[];
  priority: 'low' | 'medium' | 'high' | 'critical';
  asks: string;
  /** What support answers, in Markdown; a question first where more must be known. */
  answers: string[];
  /** What the customer says to each answer but the last. */
  replies: string[];
  note?: string;
  thanks?: string;
}
/** What customers of such a product write, and what becomes of it. */
export const scenarios = words as Record<'fr' | 'en', Scenario[]>;

interface Said {
  by: 'customer' | 'staff';
  body: string;
  at: number;
}
interface Step {
  before: string;
  after: string;
  at: number;
  by: 'customer' | 'staff' | 'system';
}
export interface DemoTicket {
  id: string;
  customer_id: string;
  license_id: string;
  subject: string;
  tags: string[];
  priority: Scenario['priority'];
  channel: 'client' | 'mail';
  status: string;
  created_at: string;
  resolved_at: string | null;
  closed_at: string | null;
  /** Index into the staff who answer; null while nobody has it. */
  staff: number | null;
  messages: { by: 'customer' | 'staff'; body: string; at: string }[];
  note: { body: string; at: string } | null;
  steps: { before: string; after: string; at: string; by: string }[];
}

const iso = (at: number) => new Date(at).toISOString();

/** The same moment on a working day between seven and three, UTC: most people write by day, and are answered by day. */
function byDay(at: number): number {
  const day = Math.floor(at / DAY);
  // 1 January 1970 was a Thursday; what falls on a week-end waits for its Monday.
  const weekday = (day + 3) % 7;
  const working = weekday > 4 ? day + 7 - weekday : day;
  return working * DAY + 7 * 60 * MINUTE + (at / DAY - day) * 8 * 60 * MINUTE;
}

/** Requests of the last fourteen months, more each month: nearly all ended, some of the last hours to be answered. */
export function makeTickets(data: DemoData, { count = 400, now }: { count?: number; now: Date }): DemoTicket[] {
  const random = new Random(1245);
  const locales = new Map(data.customers.map(({ id, locale }) => [id, locale]));
  const licenses = data.licenses
    .map((license) => ({ ...license, from: Date.parse(license.issued_at) + DAY }))
    .sort((one, other) => one.from - other.from);
  const over = count - Math.min(14, count);
  const from = now.getTime() - HISTORY;
  let known = 0;
  const tickets = Array.from({ length: count }, (_, index) => {
    // The newest few are under way; the rest is spread as the business grew, and over.
    const newest = index >= over;
    const at = newest
      ? now.getTime() - random.int(5, 80) * MINUTE
      : from + Math.sqrt((index + random.next()) / over) * (HISTORY - 4 * DAY);
    // Nobody writes before he has a licence.
    while (known < licenses.length && licenses[known]!.from <= at) known += 1;
    const license = licenses[random.int(0, Math.max(known, 1) - 1)]!;
    const scenario = random.pick(scenarios[locales.get(license.customer_id) ?? 'fr']);
    const state = newest ? (['open', 'open', 'waiting'] as const)[index % 3]! : 'over';
    return tell(random, scenario, state, newest ? at : byDay(at), license);
  });
  return tickets.sort((one, other) => Date.parse(one.created_at) - Date.parse(other.created_at));
}

function tell(
  random: Random,
  scenario: Scenario,
  state: 'open' | 'waiting' | 'over',
  start: number,
  license: { id: string; customer_id: string },
): DemoTicket {
  const said: Said[] = [{ by: 'customer', body: scenario.asks, at: start }];
  const steps: Step[] = [];
  let at = start;
  const say = (by: Said['by'], body: string, minutes: [number, number]) =>
    said.push({ by, body, at: (at += random.int(...minutes) * MINUTE) });
  const step = (before: string, after: string, by: Step['by']) => steps.push({ before, after, at, by });
  if (state === 'waiting') {
    say('staff', scenario.answers[0]!, [1, 4]);
    step('open', 'waiting', 'staff');
  }
  if (state === 'over') {
    for (const [index, answer] of scenario.answers.entries()) {
      say('staff', answer, [6, 170]);
      step('open', 'waiting', 'staff');
      const reply = scenario.replies[index] ?? scenario.thanks;
      if (!reply) continue;
      say('customer', reply, [10, 600]);
      step('waiting', 'open', 'customer');
    }
    at += random.int(2, 40) * MINUTE;
    step(steps.at(-1)!.after, 'resolved', 'staff');
    if (random.chance(0.8)) {
      at += 2 * DAY;
      step('resolved', 'closed', 'system');
    }
  }
  const resolved = steps.find(({ after }) => after === 'resolved');
  const closed = steps.find(({ after }) => after === 'closed');
  return {
    id: random.uuid(),
    customer_id: license.customer_id,
    license_id: license.id,
    subject: scenario.subject,
    tags: [...scenario.tags].sort(),
    priority: scenario.priority,
    channel: random.chance(0.7) ? 'client' : 'mail',
    status: steps.at(-1)?.after ?? 'open',
    created_at: iso(start),
    resolved_at: resolved ? iso(resolved.at) : null,
    closed_at: closed ? iso(closed.at) : null,
    staff: state === 'open' ? null : random.chance(0.8) ? 1 : 0,
    messages: said.map((one) => ({ ...one, at: iso(one.at) })),
    note: scenario.note && state === 'over' ? { body: scenario.note, at: iso(said[1]!.at - MINUTE) } : null,
    steps: steps.map((one) => ({ ...one, at: iso(one.at) })),
  };
}

/**
 * Writes the past as it happened: the triggers that would tell, mail or assign it now are off for the length of the
 * transaction; words and deadlines are reckoned from it afterwards.
 */
export async function loadTickets(sql: postgres.Sql, tickets: DemoTicket[], staff: StaffMember[]): Promise<void> {
  await sql.begin(async (transaction) => {
    const [there] = await transaction<[{ count: number }]>`select count(*)::int as count from public.support_tickets`;
    if (there.count > 0) return;
    const tables = ['support_tickets', 'ticket_messages', 'ticket_notes', 'ticket_events'];
    for (const table of tables) await transaction.unsafe(`alter table public.${table} disable trigger user`);
    const rows = tickets.map(({ staff: index, ...ticket }) => ({
      ...ticket,
      user_id: index === null ? null : (staff[index]?.user_id ?? null),
    }));
    const given = transaction.json(rows as never);
    await transaction`
      insert into public.support_tickets (id, subject, tags, priority, channel, customer_id, license_id, status,
        assigned_to, created_at, updated_at, resolved_at, closed_at, last_message_at, last_author)
      select id, subject, tags, priority, channel, customer_id, license_id, status, user_id, created_at,
        coalesce(closed_at, resolved_at, (messages -> -1 ->> 'at')::timestamptz), resolved_at, closed_at,
        (messages -> -1 ->> 'at')::timestamptz, messages -> -1 ->> 'by'
      from jsonb_to_recordset(${given}) as row (id uuid, subject text, tags text[], priority text, channel text,
        customer_id uuid, license_id uuid, status text, user_id uuid, created_at timestamptz, resolved_at timestamptz,
        closed_at timestamptz, messages jsonb)
      order by created_at`;
    await transaction`
      insert into public.ticket_messages (ticket_id, author_kind, author_id, channel, body, created_at)
      select row.id, said ->> 'by', case when said ->> 'by' = 'staff' then user_id end,
        case when said ->> 'by' = 'staff' then 'console' else channel end, said ->> 'body',
        (said ->> 'at')::timestamptz
      from jsonb_to_recordset(${given}) as row (id uuid, user_id uuid, channel text, messages jsonb),
        jsonb_array_elements(messages) as said
      order by (said ->> 'at')::timestamptz`;
    await transaction`
      insert into public.ticket_notes (ticket_id, author_id, body, created_at)
      select id, user_id, note ->> 'body', (note ->> 'at')::timestamptz
      from jsonb_to_recordset(${given}) as row (id uuid, user_id uuid, note jsonb) where note ->> 'body' is not null`;
    await transaction`
      insert into public.ticket_events (ticket_id, kind, actor_kind, actor_id, data, created_at)
      select row.id, 'created', 'customer', null, jsonb_build_object('channel', channel, 'priority', priority),
        created_at
      from jsonb_to_recordset(${given}) as row (id uuid, channel text, priority text, created_at timestamptz)
      union all
      select row.id, 'status_changed', step ->> 'by', case when step ->> 'by' = 'staff' then user_id end,
        jsonb_build_object('before', step ->> 'before', 'after', step ->> 'after'), (step ->> 'at')::timestamptz
      from jsonb_to_recordset(${given}) as row (id uuid, user_id uuid, steps jsonb),
        jsonb_array_elements(steps) as step
      order by 6`;
    // What is over has been read by everybody.
    await transaction`
      insert into public.ticket_reads (ticket_id, user_id, read_at)
      select tickets.id, staff.user_id, tickets.updated_at
      from public.support_tickets as tickets cross join public.staff
      where tickets.status in ('resolved', 'closed')`;
    // The product reads by the time of publication: after all that was read before, in the order it was said.
    await transaction`
      with said as (
        select id, row_number() over (order by created_at, sequence) as place, count(*) over () as total
        from public.ticket_messages where private.is_public(ticket_messages)
      ), published as (
        insert into private.ticket_publications (message_id, published_at)
        select said.id, date_trunc('milliseconds', greatest(clock.last_at,
            clock_timestamp() - total * interval '1 millisecond')) + place * interval '1 millisecond'
        from said, private.ticket_publication_clock as clock
        returning published_at
      )
      update private.ticket_publication_clock set last_at = (select max(published_at) from published)
      where exists (select from published)`;
    for (const table of tables) await transaction.unsafe(`alter table public.${table} enable trigger user`);
    await transaction`select private.index_tickets(array_agg(id)), private.count_ticket_deadlines(array_agg(id))
      from public.support_tickets`;
  });
}
