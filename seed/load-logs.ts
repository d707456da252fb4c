import { readLines } from '@whatautosys/edge-functions/_shared/logs/lines';
import { createMasks, type MaskRule, type Masks } from '@whatautosys/edge-functions/_shared/logs/masks';
import type postgres from 'postgres';
import { brokenAfter, brokenSince, type SentLine, tellLines, tellLostPicture, tellServerLine } from './log-lines.ts';
import { Random } from './random.ts';

const DAY = 86_400_000;
const chunkSize = 5_000;
/** The newest version came out so many days ago: whoever has it had the one before until then. */
const newestFor = 3;

interface Client {
  license_id: string;
  version: string;
}

export interface LogOptions {
  count: number;
  days: number;
  now: Date;
  seed: number;
  progress?: (done: number) => void;
}

const readMasks = async (sql: postgres.Sql): Promise<Masks> =>
  createMasks(
    await sql<MaskRule[]>`select name, pattern, replacement, applies_to, test from private.log_masks
      order by position, name`,
  );

/** Lines of so many days, most by day, with a burst or two: of the clients there are, and of our servers. */
export async function loadLogs(sql: postgres.Sql, { count, days, now, seed, progress }: LogOptions): Promise<void> {
  const random = new Random(seed);
  const masks = await readMasks(sql);
  const clients = await sql<Client[]>`
    select id as license_id, coalesce(client_version, '1.4.2') as version from public.licenses
    where deleted_at is null order by md5(id::text) limit 2000`;
  const from = now.getTime() - days * DAY;
  await sql`select private.ensure_log_days(${new Date(from - DAY)}::timestamptz::date, now()::date)`;
  const bursts = Array.from({ length: Math.ceil(days / 5) }, () => from + random.next() * days * DAY);
  for (let done = 0; done < count; done += chunkSize) {
    const size = Math.min(chunkSize, count - done);
    // The past in its order: each chunk is a part of the time.
    const [begins, ends] = [done / count, (done + size) / count].map((share) => from + share * days * DAY);
    const lines: (SentLine & Partial<Client>)[] = [];
    while (lines.length < size) {
      const picked = clients.length > 0 && random.chance(0.9) ? random.pick(clients) : null;
      const at = byDay(random, bursts, begins!, ends!);
      const isBefore = picked?.version === brokenSince && at < now.getTime() - newestFor * DAY;
      const client = picked && isBefore ? { ...picked, version: brokenAfter } : picked;
      const told = client ? tellLines(random, client, at) : [tellServerLine(random, at)];
      lines.push(...told.map((line) => ({ ...line, ...client })));
    }
    await writeLines(sql, lines.slice(0, size), masks, now);
    await sql`select private.settle_logs(3600)`;
    progress?.(done + size);
  }
  await sql`analyze public.logs`;
}

/** What the errors that clients have counted since the newest version are: the log says why their figures rise. */
export async function loadWave(sql: postgres.Sql, { now, seed }: Pick<LogOptions, 'now' | 'seed'>): Promise<void> {
  const random = new Random(seed);
  const hit = await sql<{ license_id: string; day: string; errors: number }[]>`
    select license_id, date::text as day, least(errors_count, 20) as errors
    from public.usage_stats join public.licenses on licenses.id = usage_stats.license_id
    where date > ${now}::timestamptz::date - ${newestFor}::int and errors_count > 15
      and client_version = ${brokenSince} order by date, license_id`;
  const lines = hit.flatMap(({ license_id, day, errors }) => {
    const begins = Date.parse(`${day}T07:00:00Z`);
    const ends = Math.min(begins + 11 * 3_600_000, now.getTime() - 60_000);
    if (ends <= begins) return [];
    return Array.from({ length: errors }, () => ({
      ...tellLostPicture(random, begins + random.next() * (ends - begins)),
      license_id,
      version: brokenSince,
    }));
  });
  for (let start = 0; start < lines.length; start += chunkSize)
    await writeLines(sql, lines.slice(start, start + chunkSize), await readMasks(sql), now);
  await sql`select private.settle_logs(3600)`;
}

/** People work by day; when something is wrong many lines come at once. */
function byDay(random: Random, bursts: readonly number[], begins: number, ends: number): number {
  const burst = bursts.find((at) => at >= begins && at < ends);
  if (burst !== undefined && random.chance(0.15)) return Math.min(burst + random.int(0, 1_200_000), ends);
  const at = begins + random.next() * (ends - begins);
  const hour = (at % DAY) / 3_600_000;
  return hour >= 6 && hour < 19 ? at : random.chance(0.4) ? at : begins + random.next() * (ends - begins);
}

type Row = { group_id?: number | null; version?: string | null; occurred_at?: string | null };
/** The earliest line of each group, by its version. */
function firstOfGroups<Line extends Row>(rows: readonly Line[]): Map<string | null, Line[]> {
  const groups = new Map<number, Line>();
  for (const row of rows) {
    const known = row.group_id ? groups.get(row.group_id) : undefined;
    if (row.group_id && (!known || (row.occurred_at ?? '') < (known.occurred_at ?? ''))) groups.set(row.group_id, row);
  }
  const versions = new Map<string | null, Line[]>();
  for (const row of groups.values())
    versions.set(row.version ?? null, [...(versions.get(row.version ?? null) ?? []), row]);
  return versions;
}

/** A few lines of this moment, as the functions hand them over: what an alert hears. */
export async function tellNow(sql: postgres.Sql, sent: readonly SentLine[], license_id: string | null): Promise<void> {
  const { lines } = readLines([...sent], { masks: await readMasks(sql), now: Date.now() });
  await sql`select private.add_log_lines('source:1', ${crypto.randomUUID()}, ${sql.json(lines as never)}, ${license_id},
    ${brokenSince})`;
}

/** As they came at the time: received when they happened, which no sender can say of the past. */
async function writeLines(
  sql: postgres.Sql,
  sent: (SentLine & Partial<Client>)[],
  masks: Masks,
  now: Date,
): Promise<void> {
  const { lines } = readLines(sent, { masks, now: now.getTime() });
  const rows = lines.map((line, index) => ({ ...line, license_id: sent[index]!.license_id ?? null }));
  await sql.begin(async (transaction) => {
    const given = transaction.json(rows as never);
    for (const [version, first] of firstOfGroups(rows))
      await transaction`select private.add_log_groups(${transaction.json(first as never)}, ${version})`;
    await transaction`
      with batches as materialized (
        select place, nextval('private.log_batch_numbers') as number
        from generate_series(0, ${Math.ceil(rows.length / 1_000) - 1}::int) as place
      ), sources as materialized (
        select name, private.log_source_id(name) as id
        from (select distinct line ->> 'source' as name from jsonb_array_elements(${given}) as line) as named
      )
      insert into private.logs_young (id, at, received_at, license_id, group_id, source_id, is_repaired, level, version,
        message, stack, context)
      select batches.number * 1000 + (line.place - 1) % 1000, line.occurred_at, line.occurred_at, line.license_id,
        line.group_id, sources.id, false, line.level, line.version, line.message, line.stack, line.context
      from rows from (jsonb_to_recordset(${given}) as (source text, group_id bigint, level text, version text,
        message text, stack text, context jsonb, occurred_at timestamptz, license_id uuid)) with ordinality
        as line (source, group_id, level, version, message, stack, context, occurred_at, license_id, place)
      join batches on batches.place = (line.place - 1) / 1000
      join sources on sources.name = line.source`;
  });
}
