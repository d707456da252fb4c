import { randomUUID } from 'node:crypto';
import type { SupabaseClient } from '@supabase/supabase-js';
import type postgres from 'postgres';
import { distribution } from './measure.ts';
import type { Finding } from './report.ts';

const messages = 60;

/**
 * From the moment one of the staff sends an answer to the moment Realtime has brought it to another; against a bare
 * row of the timeline, written and told by the same way.
 */
export async function benchTicketMessage(
  sql: postgres.Sql,
  author: SupabaseClient,
  watcher: SupabaseClient,
): Promise<Finding> {
  const [ticket] = await sql<[{ id: string; number: number }]>`
    select id, number::int as number from public.support_tickets where status = 'open' and customer_id is not null
    order by number desc limit 1`;
  const arrivals = new Map<string, (at: number) => void>();
  const arrived = (key: string) => arrivals.get(key)?.(performance.now());
  const subscription = { event: 'INSERT', schema: 'public', filter: `ticket_id=eq.${ticket.id}` } as const;
  const channel = watcher
    .channel(`bench:${randomUUID()}`)
    .on('postgres_changes', { ...subscription, table: 'ticket_messages' }, ({ new: row }) => arrived(row['body']))
    .on('postgres_changes', { ...subscription, table: 'ticket_events' }, ({ new: row }) => arrived(row['data'].key));
  try {
    // The token it was given at sign-in is from before the second factor.
    await watcher.realtime.setAuth();
    await new Promise<void>((resolve, reject) => {
      // It stands once the database's changes are told, which comes after the channel has been joined.
      channel
        .on('system', {}, ({ status }: { status: string }) => (status === 'ok' ? resolve() : reject(new Error(status))))
        .subscribe((_, error) => error && reject(error));
    });
    const seenAfter = async (send: (key: string) => Promise<unknown>) => {
      const key = randomUUID();
      const seen = new Promise<number>((resolve) => arrivals.set(key, resolve));
      const sentAt = performance.now();
      await send(key);
      return (await seen) - sentAt;
    };
    const answer = async (key: string, last: string) => {
      const { error } = await author.rpc('reply_ticket', {
        ticket_number: ticket.number,
        kind: 'public',
        body: key,
        idempotency_key: key,
        last_message_id: last,
      });
      if (error) throw error;
    };
    const bareRow = (key: string) => sql`
      insert into public.ticket_events (ticket_id, kind, actor_kind, data)
      values (${ticket.id}, 'measured', 'system', ${sql.json({ key })})`;
    const [answers, rows]: [number[], number[]] = [[], []];
    for (let message = 0; message < messages; message += 1) {
      rows.push(await seenAfter(bareRow));
      const last = await lastMessage(sql, ticket.id);
      answers.push(await seenAfter((key) => answer(key, last)));
    }
    const { p50, p95 } = distribution(answers);
    return {
      name: 'a message seen by a colleague through Realtime, p95',
      measured: `${p95.toFixed(0)} ms (p50 ${p50.toFixed(0)} ms; a bare row ${distribution(rows).p50.toFixed(0)} ms)`,
      target: '< 300 ms',
      met: p95 < 300,
    };
  } finally {
    await watcher.removeAllChannels();
  }
}

async function lastMessage(sql: postgres.Sql, ticketId: string): Promise<string> {
  const [row] = await sql<[{ id: string }]>`
    select id from public.ticket_messages where ticket_id = ${ticketId} order by sequence desc limit 1`;
  return row.id;
}
