import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type postgres from 'postgres';
import { makeUsage, makeVersions, type UsageDay, type UsingLicense } from './usage.ts';

interface UsageOptions {
  days: number;
  now: Date;
  /** Some licences only. */
  limit?: number;
  progress?: (done: number) => void;
}

const line = (cells: readonly (string | number)[]) => `${cells.join('\t')}\n`;

/** Use of so many days of the licences there are, by COPY; what is there already stays as it is. */
export async function loadUsage(sql: postgres.Sql, { days, now, limit, progress }: UsageOptions): Promise<void> {
  const licenses = await sql<UsingLicense[]>`
    select id, plan, issued_at, last_check_in, client_version from public.licenses
    where deleted_at is null and last_check_in is not null order by id limit ${limit ?? null}`;
  let done = 0;
  await sql.begin(async (transaction) => {
    await transaction`create temporary table told_usage (like public.usage_stats including defaults) on commit drop`;
    await transaction`create temporary table told_features (like public.feature_usage) on commit drop`;
    const features: string[] = [];
    function* rows(): Generator<string> {
      for (const day of makeUsage(licenses, { days, now })) {
        for (const [feature, uses] of day.features) features.push(line([day.license_id, day.date, feature, uses]));
        yield toLine(day);
        if ((done += 1) % 100_000 === 0) progress?.(done);
      }
    }
    await copy(
      await transaction`copy told_usage (license_id, date, messages_sent, ai_queries, campaigns_launched,
        errors_count, uptime_minutes) from stdin`.writable(),
      rows(),
    );
    await copy(await transaction`copy told_features from stdin`.writable(), features);
    await transaction`insert into public.usage_stats select * from told_usage
      on conflict on constraint usage_stats_license_id_date_key do nothing`;
    await transaction`insert into public.feature_usage select * from told_features
      on conflict on constraint feature_usage_pkey do nothing`;
    await transaction`
      insert into private.license_versions (license_id, version, first_seen_at, last_seen_at)
      select license_id, version, first_seen_at, last_seen_at
      from jsonb_to_recordset(${transaction.json([...makeVersions(licenses, { now })] as never)})
        as seen (license_id uuid, version text, first_seen_at timestamptz, last_seen_at timestamptz)
      on conflict on constraint license_versions_pkey do update
        set first_seen_at = least(license_versions.first_seen_at, excluded.first_seen_at)`;
  });
  await sql`vacuum analyze public.usage_stats, public.feature_usage, private.license_versions`;
}

const toLine = (day: UsageDay): string =>
  line([
    day.license_id,
    day.date,
    day.messages_sent,
    day.ai_queries,
    day.campaigns_launched,
    day.errors_count,
    day.uptime_minutes,
  ]);

const copy = (into: NodeJS.WritableStream, lines: Iterable<string>) =>
  pipeline(Readable.from(lines, { objectMode: false, highWaterMark: 1 << 20 }), into);
