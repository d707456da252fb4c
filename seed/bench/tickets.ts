import type { SupabaseClient } from '@supabase/supabase-js';
import postgres from 'postgres';
import { fillTickets } from '../fill.ts';
import { becomeStaff, callOf, literal, signIn, timeInDatabase } from './as-staff.ts';
import { distribution, timed } from './measure.ts';
import type { Finding } from './report.ts';
import type { Target } from './target.ts';
import { benchTicketMessage } from './ticket-message.ts';

const runs = 40;

/** What each finds is decided by the words the tickets are made of, not by how many there are. */
const needles: Record<string, { query: string; limit: number }> = {
  'a rare word': { query: 'maroquinerie', limit: 50 },
  'a rare word without its accents': { query: 'epices', limit: 50 },
  'a common word': { query: 'campagne', limit: 120 },
  'a common word without its accents': { query: 'relance', limit: 120 },
  'two words': { query: 'soldes antivirus', limit: 120 },
  'two common words': { query: 'campagne facture', limit: 120 },
  'a phrase': { query: '"partage de connexion"', limit: 120 },
  'a word and not another': { query: 'soldes -campagne', limit: 120 },
  'part of an e-mail address': { query: 'maroquinerie.exemple.fr', limit: 50 },
  'a whole e-mail address': { query: 'contact@soldes.exemple.fr', limit: 50 },
  'the beginning of a word': { query: 'maroq', limit: 50 },
};

/** What opening the desk asks of the database, as one person of the staff. */
const opening = [callOf('search_tickets', { folder: 'inbox' }), callOf('count_ticket_folders', {})];
const bareOpening = [
  `array(select id from public.support_tickets where status = 'open' and merged_into is null
    and snoozed_until is null order by last_message_at desc, id desc limit 25)`,
  `(select count(*) from public.support_tickets where status = 'open' and merged_into is null)`,
];

/**
 * The desk at 100,000 tickets: what its search box and its inbox ask, under the policies, inside the database and
 * through the API; then a message, from the moment it is sent to the moment a colleague has it. Beside each stands what
 * could not be undercut: counting by the index alone, an empty round trip, a bare row told to a subscriber.
 */
export async function benchTickets(home: Target, count: number): Promise<Finding[]> {
  const sql = postgres(home.dbUrl, { max: 1, onnotice: () => undefined });
  try {
    const [there] = await sql<[{ tickets: number }]>`select count(*)::int as tickets from public.support_tickets`;
    const findings: Finding[] = [];
    const missing = count - there.tickets;
    if (missing > 0) {
      const seconds = (await timed(() => fillTickets(sql, missing)))[1] / 1000;
      findings.push({
        name: `seeding to ${count.toLocaleString('en')} tickets`,
        measured: `${seconds.toFixed(0)} s (${(missing / seconds).toFixed(0)} a second)`,
        target: '< 1200 s',
        met: seconds < 1200,
      });
    }
    const bare = new Map<string, number>();
    await sql`set enable_seqscan = off`;
    for (const { query } of Object.values(needles)) bare.set(query, await bareCount(sql, query));
    await sql`reset enable_seqscan`;
    const bareDesk = await repeatedly(() => totalOf(sql, bareOpening));
    await becomeStaff(sql);
    const at = `at ${count.toLocaleString('en')}: `;
    for (const [name, { query, limit }] of Object.entries(needles)) {
      const expression = callOf('search_tickets', { query, sort: 'relevance' });
      const taken = await repeatedly(() => timeInDatabase(sql, expression));
      const ceiling = `bare count ${bare.get(query)!.toFixed(1)} ms`;
      findings.push(under(`${at}search, ${name}`, taken, limit, `${await foundBy(sql, expression)}; ${ceiling}`));
    }
    const desk = await repeatedly(() => totalOf(sql, opening));
    findings.push(under(`${at}opening the inbox`, desk, 30, `bare page and count ${bareDesk.p50.toFixed(1)} ms`));
    // A code works once: whoever asks through the API also watches.
    const [author, colleague] = [await signIn(home, 'support'), await signIn(home, 'viewer')];
    findings.push(...(await benchThroughApi(colleague, at)));
    await sql`reset role`;
    return [...findings, await benchTicketMessage(sql, author, colleague)];
  } finally {
    await sql.end();
  }
}

async function benchThroughApi(client: SupabaseClient, at: string): Promise<Finding[]> {
  const ask = async (name: string, args: Record<string, unknown>) => {
    const [{ error }, milliseconds] = await timed(async () => client.rpc(name, args));
    if (error) throw error;
    return milliseconds;
  };
  const empty = await repeatedly(() => ask('current_staff', {}));
  const findings: Finding[] = [];
  for (const name of ['a rare word', 'a common word'] as const) {
    const { query, limit } = needles[name]!;
    const taken = await repeatedly(() => ask('search_tickets', { query, sort: 'relevance' }));
    const beside = `an empty round trip ${empty.p50.toFixed(1)} ms`;
    findings.push(under(`${at}search through the API, ${name}`, taken, limit, beside));
  }
  return findings;
}

async function repeatedly(work: () => Promise<number>) {
  const milliseconds: number[] = [];
  for (let run = 0; run < runs; run += 1) milliseconds.push(await work());
  return distribution(milliseconds);
}

async function totalOf(sql: postgres.Sql, expressions: string[]): Promise<number> {
  let milliseconds = 0;
  for (const expression of expressions) milliseconds += await timeInDatabase(sql, expression);
  return milliseconds;
}

/** What the index alone needs to count as many as a list counts. */
async function bareCount(sql: postgres.Sql, query: string): Promise<number> {
  const { p50 } = await repeatedly(() =>
    timeInDatabase(
      sql,
      `count(*) from (select from private.ticket_texts
        where words @@ private.text_query(${literal(query)}) limit 10001) as counted`,
    ),
  );
  return p50;
}

/** How many a list has in all; it says so when there are more than it counts. */
async function foundBy(sql: postgres.Sql, expression: string): Promise<string> {
  const [row] = await sql.unsafe<[{ total: string; is_more: boolean }]>(
    `select found ->> 'total' as total, (found -> 'is_more')::bool as is_more
    from (select ${expression} as found) as one`,
  );
  return `${Number(row.total).toLocaleString('en')}${row.is_more ? '+' : ''} found`;
}

const under = (name: string, { p50, p95 }: { p50: number; p95: number }, limit: number, beside: string): Finding => ({
  name: `${name}, p95`,
  measured: `${p95.toFixed(1)} ms (p50 ${p50.toFixed(1)} ms; ${beside})`,
  target: `< ${limit} ms`,
  met: p95 < limit,
});
