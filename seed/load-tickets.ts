import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type postgres from 'postgres';
import type { StaffMember } from './load.ts';
import type { DemoTicket } from './tickets.ts';

const chunkSize = 2_000;
const tables = ['support_tickets', 'ticket_messages', 'ticket_notes', 'ticket_events'];

type Cell = string | null;

/**
 * Writes the past as it happened: the triggers that would tell, mail or assign it now are off until the transaction
 * ends. What the others keep (words, deadlines, Message-IDs, times of publication) is reckoned from it, chunk by chunk.
 */
export async function addTickets(
  sql: postgres.TransactionSql,
  tickets: Iterable<DemoTicket>,
  staff: StaffMember[],
  progress?: (done: number) => void,
): Promise<void> {
  for (const table of tables) await sql.unsafe(`alter table public.${table} disable trigger user`);
  // Of one size for all: the list of what the search index has yet to take in would else be emptied every few rows.
  await sql`set local gin_pending_list_limit = '64MB'`;
  await sql`create temporary table said (ticket_id uuid, author_kind text, author_id uuid, from_address text,
    from_name text, channel text, body text, created_at timestamptz) on commit drop`;
  let done = 0;
  for (const chunk of chunks(tickets)) {
    await addChunk(sql, chunk, staff);
    done += chunk.length;
    progress?.(done);
  }
  for (const table of tables) await sql.unsafe(`alter table public.${table} enable trigger user`);
}

/** Writes tickets where there are none yet. */
export async function loadTickets(sql: postgres.Sql, tickets: DemoTicket[], staff: StaffMember[]): Promise<void> {
  await sql.begin(async (transaction) => {
    const [there] = await transaction<[{ count: number }]>`select count(*)::int as count from public.support_tickets`;
    if (there.count === 0) await addTickets(transaction, tickets, staff);
  });
}

function* chunks<T>(items: Iterable<T>): Generator<T[]> {
  let chunk: T[] = [];
  for (const item of items) {
    chunk.push(item);
    if (chunk.length < chunkSize) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

async function addChunk(sql: postgres.TransactionSql, tickets: DemoTicket[], staff: StaffMember[]): Promise<void> {
  const person = (ticket: DemoTicket) => (ticket.staff === null ? null : staff[ticket.staff % staff.length]!.user_id);
  const ids = tickets.map(({ id }) => id);
  await copy(sql, 'public.support_tickets', ticketColumns, ticketRows(tickets, person));
  await copy(sql, 'said', saidColumns, saidRows(tickets, person));
  await copy(sql, 'public.ticket_notes', ['ticket_id', 'author_id', 'body', 'created_at'], noteRows(tickets, person));
  await copy(sql, 'public.ticket_events', eventColumns, eventRows(tickets, person));
  await sql`
    insert into public.ticket_messages (id, ticket_id, author_kind, author_id, from_address, from_name, channel, body,
      message_id, created_at)
    select one.id, said.ticket_id, said.author_kind, said.author_id, said.from_address, said.from_name, said.channel,
      said.body, case when said.author_kind = 'staff' then private.mail_token(tickets.number, one.id) end,
      said.created_at
    from said join public.support_tickets as tickets on tickets.id = said.ticket_id
    cross join lateral (select gen_random_uuid() as id where said.ticket_id is not null) as one
    order by said.created_at`;
  await sql`truncate said`;
  await publish(sql, ids);
  // What is over has been read by everybody.
  await sql`
    insert into public.ticket_reads (ticket_id, user_id, read_at)
    select tickets.id, staff.user_id, tickets.updated_at
    from public.support_tickets as tickets cross join public.staff
    where tickets.id = any (${ids}::uuid[]) and tickets.status in ('resolved', 'closed')`;
  await sql`select private.index_tickets(${ids}::uuid[])`;
  await sql`select private.count_ticket_deadlines(${ids}::uuid[])`;
}

/** After all that was published, and no further ahead of the clock than there are messages. */
async function publish(sql: postgres.TransactionSql, ticketIds: string[]): Promise<void> {
  await sql`
    with fresh as materialized (
      select id, row_number() over (order by sequence) as place, count(*) over () as total
      from public.ticket_messages as said where ticket_id = any (${ticketIds}::uuid[]) and private.is_public(said)
    ), clock as (
      update private.ticket_publication_clock set last_at = total * interval '1 millisecond'
        + greatest(last_at, date_trunc('milliseconds', clock_timestamp()) - total * interval '1 millisecond')
      from (select count(*) as total from fresh) as counted
      returning last_at
    )
    insert into private.ticket_publications (message_id, published_at)
    select id, last_at - (total - place) * interval '1 millisecond' from fresh, clock`;
}

const ticketColumns = (
  'id subject tags priority channel customer_id license_id from_address from_name status assigned_to created_at ' +
  'updated_at resolved_at closed_at snoozed_until last_message_at last_author'
).split(' ');
const saidColumns = 'ticket_id author_kind author_id from_address from_name channel body created_at'.split(' ');
const eventColumns = ['ticket_id', 'kind', 'actor_kind', 'actor_id', 'data', 'created_at'];

type Person = (ticket: DemoTicket) => string | null;

function* ticketRows(tickets: DemoTicket[], person: Person): Generator<Cell[]> {
  for (const ticket of tickets) {
    const last = ticket.messages.at(-1)!;
    yield [
      ticket.id,
      ticket.subject,
      `{${ticket.tags.map((tag) => JSON.stringify(tag)).join()}}`,
      ticket.priority,
      ticket.channel,
      ticket.customer_id,
      ticket.license_id,
      ticket.sender?.address ?? null,
      ticket.sender?.name ?? null,
      ticket.status,
      person(ticket),
      ticket.created_at,
      ticket.closed_at ?? ticket.resolved_at ?? last.at,
      ticket.resolved_at,
      ticket.closed_at,
      ticket.snoozed_until,
      last.at,
      last.by,
    ];
  }
}

function* saidRows(tickets: DemoTicket[], person: Person): Generator<Cell[]> {
  for (const ticket of tickets)
    for (const { by, body, at } of ticket.messages)
      if (by === 'staff') yield [ticket.id, by, person(ticket), null, null, 'console', body, at];
      else {
        const { address = null, name = null } = ticket.sender ?? {};
        yield [ticket.id, by, null, address, name, ticket.channel, body, at];
      }
}

function* noteRows(tickets: DemoTicket[], person: Person): Generator<Cell[]> {
  for (const ticket of tickets) if (ticket.note) yield [ticket.id, person(ticket), ticket.note.body, ticket.note.at];
}

function* eventRows(tickets: DemoTicket[], person: Person): Generator<Cell[]> {
  for (const ticket of tickets) {
    const { id, channel, priority, created_at } = ticket;
    yield [id, 'created', 'customer', null, JSON.stringify({ channel, priority }), created_at];
    for (const { kind, by, at, data } of ticket.events) {
      const told = kind === 'assigned' ? { ...data, after: person(ticket) } : data;
      yield [id, kind, by, by === 'staff' ? person(ticket) : null, JSON.stringify(told), at];
    }
  }
}

async function copy(
  sql: postgres.TransactionSql,
  table: string,
  columns: string[],
  rows: Iterable<Cell[]>,
): Promise<void> {
  const lines = function* () {
    for (const row of rows) yield `${row.map(toCell).join('\t')}\n`;
  };
  const to = await sql`copy ${sql(table)} (${sql(columns)}) from stdin`.writable();
  await pipeline(Readable.from(lines(), { objectMode: true }), to);
}

const escapes: Record<string, string> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** A value as COPY reads it as text. */
const toCell = (value: Cell): string => value?.replace(/[\\\n\r\t]/g, (sign) => escapes[sign]!) ?? '\\N';
