import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { fillLogs } from '../fill.ts';
import { becomeStaff, callOf, timeInDatabase } from './as-staff.ts';
import { logMixes } from './log-mixes.ts';
import { distribution, median, openLoop, throughput, timed } from './measure.ts';
import type { Finding } from './report.ts';
import type { Target } from './target.ts';

const runs = 20;
const batchLines = 1_000;
const senders = 4;
const burstSeconds = 20;
const wantedRate = 10_000;
const chunk = 10;

/**
 * The log: searches and bars over so many lines of 30 days, as one of the staff; then lines acknowledged through
 * `client-report` while they are settled, for so many seconds (0: not at all), beside what bare inserts into the same
 * B-trees take.
 */
export async function benchLogs(home: Target, lines: number, seconds: number): Promise<Finding[]> {
  const sql = postgres(home.dbUrl, { max: 2, onnotice: () => undefined });
  try {
    const findings: Finding[] = [];
    const [there] = await sql<[{ lines: number }]>`select count(*)::int as lines from public.logs`;
    if (there.lines < lines) {
      const missing = lines - there.lines;
      const taken = (await timed(() => fillLogs(sql, missing)))[1] / 1000;
      findings.push({
        name: `filling to ${lines.toLocaleString('en')} lines`,
        measured: `${taken.toFixed(0)} s (${(missing / taken).toFixed(0)} a second, text indexed)`,
        target: '–',
        met: true,
      });
    }
    await sql.unsafe('vacuum analyze public.logs');
    findings.push(...(await benchReading(home, lines)));
    return seconds > 0 ? [...findings, ...(await benchIngest(home, sql, seconds))] : findings;
  } finally {
    await sql.end();
  }
}

async function benchIngest(home: Target, sql: postgres.Sql, seconds: number): Promise<Finding[]> {
  await sql`update public.settings set value = '1000000' where key = 'client_report_per_minute'`;
  const hwid = `HWID-${randomUUID()}`;
  const [row] = await sql<[{ license: { license_key: string } }]>`select public.create_license(
    ${`${hwid.toLowerCase()}@example.test`}, ${hwid}, 'premium', send_email => false) as license`;
  const { license_key } = row.license;
  const send = async () => {
    const body = JSON.stringify({ license_key, hwid, idempotency_key: randomUUID(), logs: freshLines() });
    const response = await fetch(`${home.apiUrl}/functions/v1/client-report`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    if (response.status !== 202) throw new Error(`client-report answered ${response.status} ${await response.text()}`);
    await response.body?.cancel();
  };
  const ceiling = await bareRate(sql);
  await throughput(send, { concurrency: senders, seconds: 2 });
  const burst =
    (await throughput(send, { concurrency: senders, seconds: Math.min(seconds, burstSeconds) })) * batchLines;
  await settled(sql);
  const taken = await openLoop(send, { perSecond: wantedRate / batchLines, seconds });
  const { p50, p99, max } = distribution(taken);
  const [lag] = await sql<[{ lines: number }]>`select (private.log_lag() ->> 'lines')::int as lines`;
  const caughtUp = (await timed(() => settled(sql)))[1] / 1000;
  return [
    {
      name: `lines acknowledged in a second, at most, for ${Math.min(seconds, burstSeconds)} s`,
      measured: `${burst.toFixed(0)} (${((burst / ceiling) * 100).toFixed(0)} % of bare inserts into the
 same B-trees, ${ceiling.toFixed(0)})`.replace('\n', ''),
      target: `≥ ${wantedRate}`,
      met: burst >= wantedRate,
    },
    {
      name: `at ${wantedRate} lines a second for ${seconds} s, a batch of 1,000, p99`,
      measured: `${p99.toFixed(0)} ms (p50 ${p50.toFixed(0)} ms, worst ${max.toFixed(0)} ms; worst second
 ${worstSecond(taken).toFixed(0)} ms)`.replace('\n', ''),
      target: '< 500 ms',
      met: p99 < 500,
    },
    {
      name: 'lines a second, until their text was indexed',
      measured: `${((wantedRate * seconds) / (seconds + caughtUp)).toFixed(0)} (${lag.lines} were behind, caught up in
 ${caughtUp.toFixed(0)} s)`.replace('\n', ''),
      target: '≥ 5000',
      met: (wantedRate * seconds) / (seconds + caughtUp) >= 5_000,
    },
  ];
}

/** The median of the second in which batches took longest. */
function worstSecond(taken: readonly number[]): number {
  const each = wantedRate / batchLines;
  const seconds = Array.from({ length: Math.floor(taken.length / each) }, (_, second) =>
    median(taken.slice(second * each, (second + 1) * each)),
  );
  return Math.max(...seconds);
}

function freshLines(): object[] {
  const occurred_at = new Date().toISOString();
  return Array.from({ length: batchLines }, (_, index) => ({
    level: (['debug', 'info', 'info', 'warning', 'error'] as const)[index % 5],
    source: 'Bench',
    message: `Session ${randomUUID()} to 10.${index % 40}.${index % 250}.7:443 ended after ${index} ms`,
    occurred_at,
  }));
}

/** Lines a second into a table with the columns and B-trees of the young partition, and nothing else. */
async function bareRate(sql: postgres.Sql): Promise<number> {
  await sql.unsafe('create table if not exists private.bench_lines (like private.logs_young including all)');
  const given = sql.json(freshLines() as never);
  const insert = () => sql`insert into private.bench_lines (id, at, source_id, level, message)
    select nextval('private.log_batch_numbers') * 1000, line.occurred_at, 1, line.level, line.message
    from jsonb_to_recordset(${given}) as line (level text, message text, occurred_at timestamptz)`;
  try {
    return (await throughput(insert, { concurrency: 2, seconds: 5 })) * batchLines;
  } finally {
    await sql.unsafe('drop table private.bench_lines');
  }
}

async function settled(sql: postgres.Sql): Promise<void> {
  for (;;) {
    const [left] = await sql<[{ young: boolean }]>`select exists (select from private.logs_young) as young`;
    if (!left.young) return;
    await sql`select private.settle_logs(2)`;
    await sleep(50);
  }
}

async function benchReading(home: Target, lines: number): Promise<Finding[]> {
  const sql = postgres(home.dbUrl, { max: 1, onnotice: () => undefined });
  try {
    const [one] = await sql<[{ id: string }]>`
      select substring(message from '[0-9a-f]{8}-[0-9a-f-]{27}') as id from private.logs_kept
      where message like 'Session%' and at < now() - interval '20 days' limit 1`;
    const mixes = logMixes(one?.id ?? randomUUID());
    await becomeStaff(sql);
    const to = new Date();
    const from = new Date(to.getTime() - 30 * 86_400_000);
    const period = { from_time: from.toISOString(), to_time: to.toISOString() };
    const at = `of ${lines.toLocaleString('en')} lines: `;
    const findings: Finding[] = [];
    for (const [name, { query, limit, isWhole }] of Object.entries(mixes)) {
      const expression = callOf('search_logs', { query, ...period });
      const taken: number[] = [];
      for (let run = 0; run < runs; run += 1) taken.push(await timeInDatabase(sql, expression));
      const { p50, p95 } = distribution(taken);
      const end = await toTheEnd(sql, query, period);
      findings.push({
        name: `${at}${name}, p95`,
        measured: `${p95.toFixed(0)} ms (p50 ${p50.toFixed(0)} ms; ${end.said})`,
        target: `< ${limit} ms${isWhole ? ', whole' : ''}`,
        met: p95 < limit && (!isWhole || end.pages === 1),
      });
    }
    for (const [name, query, limit] of [
      ['bars without text', '', 100],
      ['first bars with a common word', 'connected', 300],
    ] as const) {
      const expression = callOf('get_log_histogram', { query, ...period });
      const taken: number[] = [];
      for (let run = 0; run < runs; run += 1) taken.push(await timeInDatabase(sql, expression));
      findings.push({
        name: `${at}${name}`,
        measured: `${median(taken).toFixed(0)} ms`,
        target: `< ${limit} ms`,
        met: median(taken) < limit,
      });
    }
    const [exact, seconds] = await timed(() => countAll(sql, 'connected', period));
    findings.push({
      name: `${at}bars with a common word, exact`,
      measured: `${(seconds / 1000).toFixed(1)} s (${exact.total.toLocaleString('en')} lines in ${exact.parts} parts)`,
      target: '–',
      met: true,
    });
    return findings;
  } finally {
    await sql.end();
  }
}

/** As the console: each answer says from when on it counted, and the next one counts what is before. */
async function countAll(sql: postgres.Sql, query: string, period: Record<string, string>) {
  let [total, parts, countedFrom] = [0, 0, ''];
  do {
    const expression = callOf('get_log_histogram', {
      query,
      ...period,
      buckets: 60,
      ...(countedFrom ? { counted_from: countedFrom } : {}),
    });
    const [row] = await sql.unsafe<[{ bars: { total: number; counted_from: string } }]>(`select ${expression} as bars`);
    total += row.bars.total;
    parts += 1;
    if (row.bars.counted_from === countedFrom) break;
    countedFrom = row.bars.counted_from;
  } while (new Date(countedFrom) > new Date(period['from_time']!));
  return { total, parts };
}

interface Page {
  rows: unknown[];
  next_cursor: string | null;
  complete: boolean;
}

/** What the first page was, and how long a person waits for a hundred lines or the end. */
async function toTheEnd(
  sql: postgres.Sql,
  query: string,
  period: Record<string, string>,
): Promise<{ pages: number; said: string }> {
  let [found, pages, milliseconds] = [0, 0, 0];
  let cursor: string | null = null;
  do {
    const expression = callOf('search_logs', { query, ...period, ...(cursor ? { cursor } : {}) });
    const [rows, taken] = await timed(() => sql.unsafe<[{ page: Page }]>(`select ${expression} as page`));
    const { page } = rows[0];
    found += page.rows.length;
    cursor = page.next_cursor;
    pages += 1;
    milliseconds += taken;
  } while (cursor !== null && found < 100 && pages < chunk * 100);
  const how = pages === 1 ? 'whole at once' : `${pages} parts, ${milliseconds.toFixed(0)} ms`;
  return { pages, said: `${found} lines, ${how}` };
}
