import postgres from 'postgres';
import { literal, timeInDatabase } from './as-staff.ts';
import { logMixes, type Mix } from './log-mixes.ts';
import { distribution, timed } from './measure.ts';
import type { Finding } from './report.ts';
import type { Target } from './target.ts';

const runs = 10;
const blockLines = 64;
const most = 100;

/**
 * The design that was not taken, beside the one that was, over the same lines: blocks of 64 consecutive lines whose
 * folded text is indexed by trigram as one, against an index by line. The same walk from the newest slice on, the same
 * budget, the same conditions on the lines themselves, over the newest so many days.
 */
export async function benchLogBlocks(home: Target, days: number): Promise<Finding[]> {
  const sql = postgres(home.dbUrl, { max: 1, onnotice: () => undefined });
  try {
    const [made, seconds] = await timed(() => makeBlocks(sql, days));
    const [size] = await sql<[{ lines: number; by_line: number; by_block: number }]>`
      with days as (select to_char(day, 'YYYYMMDD') as day from private.log_days() as day
        where to_regclass('bench.log_blocks_' || to_char(day, 'YYYYMMDD')) is not null)
      select sum((select reltuples from pg_class where pg_class.oid = to_regclass('private.logs_' || day)))::float
          as lines,
        sum(pg_relation_size(to_regclass('private.logs_' || day || '_letters_idx')))::float as by_line,
        sum(pg_total_relation_size(to_regclass('bench.log_blocks_' || day)))::float as by_block
      from days`;
    const findings: Finding[] = [
      {
        name: `bytes a line for its text, blocks of ${blockLines} / by line`,
        measured: `${(size.by_block / size.lines).toFixed(0)} / ${(size.by_line / size.lines).toFixed(0)}`,
        target: '–',
        met: true,
      },
    ];
    if (made > 0)
      findings.push({
        name: 'making blocks',
        measured: `${((seconds * 1_000) / made).toFixed(0)} µs a line`,
        target: '–',
        met: true,
      });
    const [one] = await sql<[{ id: string }]>`
      select substring(message from '[0-9a-f]{8}-[0-9a-f-]{27}') as id from private.logs_kept
      where message like 'Session%' and at < now() - interval '20 days' limit 1`;
    for (const [name, mix] of Object.entries(logMixes(one.id))) {
      if (!mix.all && !mix.any) continue;
      const [byLine, byBlock] = [await walked(sql, mix, false, days), await walked(sql, mix, true, days)];
      findings.push({
        name: `${name}, first page, blocks / by line, p95`,
        measured: `${byBlock.p95.toFixed(0)} / ${byLine.p95.toFixed(0)} ms; to a page or the end
 ${byBlock.whole} / ${byLine.whole}`.replace('\n', ''),
        target: '–',
        met: true,
      });
    }
    return findings;
  } finally {
    await sql.end();
  }
}

/** A table of blocks for each day that has none yet → how many lines went into them. */
async function makeBlocks(sql: postgres.Sql, newest: number): Promise<number> {
  await sql.unsafe(`
    create schema if not exists bench;
    create table if not exists bench.log_blocks (from_at timestamptz, from_id bigint, to_at timestamptz, to_id bigint,
      letters text) partition by range (from_at)`);
  await sql.unsafe(walk(newest));
  const days = await sql<{ day: string; name: string }[]>`
    select day::text, to_char(day, 'YYYYMMDD') as name from private.log_days() as day
    where to_regclass('bench.log_blocks_' || to_char(day, 'YYYYMMDD')) is null
      and day between current_date - ${newest}::int and current_date order by day`;
  let lines = 0;
  for (const { day, name } of days) {
    await sql.unsafe(`create table bench.log_blocks_${name} partition of bench.log_blocks
      for values from ('${day} 00:00+00') to ('${day} 24:00+00')`);
    const [row] = await sql.unsafe<[{ lines: number }]>(`with made as (
        insert into bench.log_blocks_${name} select min(at), (array_agg(id order by at, id))[1], max(at),
          (array_agg(id order by at desc, id desc))[1],
          string_agg(private.log_letters(private.log_words(message, stack, context)), ' ' order by at, id)
        from (select *, (row_number() over (order by at, id) - 1) / ${blockLines} as block
          from private.logs_${name}) as numbered
        group by block returning 1)
      select (select count(*) from private.logs_${name})::int as lines from (select count(*) from made) as counted`);
    lines += row.lines;
    await sql.unsafe(`create index on bench.log_blocks_${name} using gin (letters extensions.gin_trgm_ops)`);
    await sql.unsafe(`create index on bench.log_blocks_${name} (to_at)`);
  }
  await sql.unsafe('vacuum analyze bench.log_blocks');
  return lines;
}

/** As private.walk_logs, with or without blocks: down to here it looked, and that many it found. */
const walk = (days: number) => `
  drop function if exists bench.walk;
  create function bench.walk(lines_where text, blocks_where text, before timestamptz, budget_ms int,
    out hits int, out searched_to timestamptz)
  language plpgsql stable as $$
  declare
    started timestamptz := clock_timestamp();
    begun timestamptz;
    spent double precision;
    ends timestamptz := before - interval '${days} days';
    upper timestamptz := before;
    lower timestamptz;
    width interval := interval '1 hour';
    part int;
    lines text;
  begin
    hits := 0;
    searched_to := upper;
    while searched_to > ends and hits < ${most}
      and (clock_timestamp() - started < make_interval(secs => budget_ms / 1000.0) or searched_to = upper)
    loop
      lower := greatest(ends, searched_to - width);
      begun := clock_timestamp();
      lines := case when blocks_where is null then format('select * from private.logs_kept
          where at >= %L and at < %L and (%s)', lower, searched_to, lines_where)
        else format('select line.* from bench.log_blocks as block cross join lateral (select * from private.logs_kept
            where at between block.from_at and block.to_at
              and (at, id) between (block.from_at, block.from_id) and (block.to_at, block.to_id) and (%s)) as line
          where block.from_at >= %L and block.from_at < %L and block.to_at >= %L and (%s)
            and line.at >= %L and line.at < %L', lines_where, lower - interval '1 day', searched_to, lower,
          blocks_where, lower, searched_to) end;
      execute format('select count(*) from (%s order by at desc, id desc limit %s) as page', lines, ${most} - hits)
        into part;
      hits := hits + part;
      searched_to := lower;
      spent := extract(epoch from clock_timestamp() - begun) * 1000;
      width := width * least(4, greatest(0.25, (budget_ms - extract(epoch from clock_timestamp() - started) * 1000)
        / greatest(spent, 0.5) / 2));
    end loop;
  end $$`;

const words = 'private.log_words(message, stack, context)';

async function walked(
  sql: postgres.Sql,
  mix: Mix,
  byBlock: boolean,
  days: number,
): Promise<{ p95: number; whole: string }> {
  const joined = (condition: (text: string) => string) =>
    [...(mix.all ?? []).map(condition), ...(mix.any ? [`(${mix.any.map(condition).join(' or ')})`] : [])].join(' and ');
  const like = (letters: string, text: string) =>
    `${letters} like '%' || replace(private.log_letters(${literal(text)}), '\\', '') || '%'`;
  const onLines = joined((text) =>
    byBlock
      ? `strpos(${words}, ${literal(text)}) > 0`
      : `${like(`private.log_letters(${words})`, text)} and strpos(${words}, ${literal(text)}) > 0`,
  );
  const where = [onLines, ...(mix.besides ? [mix.besides] : [])].join(' and ');
  const blocks = byBlock ? literal(joined((text) => like('block.letters', text))) : 'null';
  const call = (before: string) => `bench.walk(${literal(where)}, ${blocks}, ${before}, 100)`;
  const taken: number[] = [];
  for (let run = 0; run < runs; run += 1) taken.push(await timeInDatabase(sql, call('now()')));
  // To a page of a hundred or the end of the days, part by part as a cursor would.
  let [parts, found, milliseconds] = [0, 0, 0];
  let before = new Date();
  const ends = before.getTime() - days * 86_400_000;
  while (found < most && before.getTime() > ends && parts < 500) {
    const [rows, ms] = await timed(() =>
      sql.unsafe<[{ hits: number; searched_to: Date }]>(`select * from ${call(literal(before.toISOString()))}`),
    );
    found += rows[0].hits;
    before = rows[0].searched_to;
    milliseconds += ms;
    parts += 1;
  }
  return { p95: distribution(taken).p95, whole: `${milliseconds.toFixed(0)} ms in ${parts} (${found} lines)` };
}
