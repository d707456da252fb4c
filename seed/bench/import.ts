import { createHash, randomUUID } from 'node:crypto';
import postgres from 'postgres';
import type { Finding } from './report.ts';
import { median, timed } from './measure.ts';

const tables = [
  'public.customers',
  'public.licenses',
  'private.license_secrets',
  'public.events',
  'public.email_outbox',
];

/**
 * Importing 10,000 licences (two calls of 5,000) against raw COPY of the very rows it made into
 * the same tables with the same indexes, triggers and foreign keys off.
 */
export async function benchImport(home: { dbUrl: string; adminUrl: string }): Promise<Finding> {
  const sql = postgres(home.dbUrl, { max: 1, onnotice: () => undefined });
  const admin = postgres(home.adminUrl, { max: 1, onnotice: () => undefined });
  try {
    const ratios: number[] = [];
    const times: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      const run = randomUUID().slice(0, 8);
      const file = createHash('sha256').update(run).digest('hex');
      const rows = (from: number) =>
        Array.from({ length: 5_000 }, (_, index) => ({
          row: from + index,
          email: `client-${run}-${from + index}@exemple.fr`,
          hwid: `HWID-${run}-${from + index}`,
          plan: 'premium',
          notes: 'Import',
        }));
      const [first, second] = [rows(2), rows(5_002)];
      const [, imported] = await timed(async () => {
        await sql`select public.import_licenses(${sql.json(first)}, ${file}, false, 'all_or_nothing')`;
        await sql`select public.import_licenses(${sql.json(second)}, ${file}, false, 'all_or_nothing')`;
      });
      ratios.push(imported / (await copySameRows(admin, file)));
      times.push(imported);
    }
    const ratio = median(ratios);
    return {
      name: 'import of 10,000 licences, times raw COPY',
      measured: `${ratio.toFixed(1)} × (${(median(times) / 1000).toFixed(1)} s)`,
      target: '≤ 6 ×',
      met: ratio <= 6,
    };
  } finally {
    await Promise.all([sql.end(), admin.end()]);
  }
}

/** Takes the imported rows out, deletes them, and times putting them back by COPY. */
async function copySameRows(admin: postgres.Sql, file: string): Promise<number> {
  const [{ id }] = await admin<[{ id: string }]>`select id from public.license_imports where file_hash = ${file}`;
  const imported = `select id from public.licenses where import_id = '${id}'`;
  const where: Record<string, string> = {
    'public.customers': `id in (select customer_id from public.licenses where import_id = '${id}')`,
    'public.licenses': `import_id = '${id}'`,
    'private.license_secrets': `license_id in (${imported})`,
    'public.events': `license_id in (${imported})`,
    'public.email_outbox': `license_id in (${imported})`,
  };
  const [{ folder }] = await admin<[{ folder: string }]>`select current_setting('data_directory') as folder`;
  const fileOf = (table: string) => `'${folder}/${table}.copy'`;
  // What is generated cannot be copied in.
  const columns = new Map<string, string>();
  for (const table of tables) {
    const [{ list }] = await admin<
      [{ list: string }]
    >`select string_agg(quote_ident(attname), ', ' order by attnum) as list
      from pg_attribute where attrelid = ${table}::regclass and attnum > 0 and not attisdropped and attgenerated = ''`;
    columns.set(table, list);
    await admin.unsafe(`copy (select ${list} from ${table} where ${where[table]}) to ${fileOf(table)}`);
  }
  await admin`set session_replication_role = replica`;
  await admin.unsafe(
    `create temp table imported_customers as select customer_id from public.licenses where import_id = '${id}'`,
  );
  for (const table of ['private.license_secrets', 'public.events', 'public.email_outbox', 'public.licenses'])
    await admin.unsafe(`delete from ${table} where ${where[table]}`);
  await admin`delete from public.customers where id in (select customer_id from imported_customers)`;
  await admin`drop table imported_customers`;
  const [, milliseconds] = await timed(() =>
    admin.begin(async (sql) => {
      for (const table of tables) await sql.unsafe(`copy ${table} (${columns.get(table)}) from ${fileOf(table)}`);
    }),
  );
  await admin`set session_replication_role = origin`;
  return milliseconds;
}
