import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Sql } from 'postgres';

export interface Migration {
  version: string;
  name: string;
  text: string;
}

/** The files that `supabase db push` applies, in its order. */
export function readMigrations(projectFolder: string): Migration[] {
  const folder = join(projectFolder, 'migrations');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const version = /^(\d+)_.*\.sql$/.exec(name)?.[1];
      return version ? [{ version, name, text: readFileSync(join(folder, name), 'utf8') }] : [];
    });
}

/** Of names and contents; the same whatever ends the lines and whoever lists the folder. */
export function hashOfMigrations(migrations: Migration[]): string {
  const hash = createHash('sha256');
  for (const { name, text } of [...migrations].sort((a, b) => (a.name < b.name ? -1 : 1)))
    hash.update(`${name}\0${text.replaceAll('\r\n', '\n')}\0`);
  return hash.digest('hex');
}

export type MigrationState =
  /** Nothing was ever applied. */
  | 'none'
  | 'current'
  | 'pending'
  /** A file that was applied has changed or gone since: `db push` compares versions only, and would say nothing. */
  | 'other';

const recordTable = 'private.applied_migrations';

/** A project that makes the table is told of edited files; another is compared by version alone. */
const keepsRecord = (migrations: Migration[]) =>
  migrations.some(({ text }) => new RegExp(`create table (if not exists )?${recordTable}\\b`, 'i').test(text));

const exists = async (sql: Sql, table: string) =>
  (await sql`select to_regclass(${table}) is not null as found`)[0]!['found'] as boolean;

/** What the database says was applied, beside what the folder holds. */
export async function compareMigrations(sql: Sql, migrations: Migration[]): Promise<MigrationState> {
  if (!(await exists(sql, 'supabase_migrations.schema_migrations'))) return 'none';
  const applied = await sql<{ version: string }[]>`select version from supabase_migrations.schema_migrations`;
  if (applied.length === 0) return 'none';
  const held = new Set(migrations.map(({ version }) => version));
  if (applied.some(({ version }) => !held.has(version))) return 'other';
  if (keepsRecord(migrations) && !(await isAsApplied(sql, migrations))) return 'other';
  return applied.length < held.size ? 'pending' : 'current';
}

/** Whether the files of the last apply are still what they were; files that came later are only pending. */
async function isAsApplied(sql: Sql, migrations: Migration[]): Promise<boolean> {
  if (!(await exists(sql, recordTable))) return false;
  const [last] = await sql<{ version: string; folder_hash: string }[]>`
    select version, folder_hash from private.applied_migrations order by applied_at desc limit 1`;
  // Applied by `supabase db push` alone: nobody knows.
  if (!last) return true;
  return hashOfMigrations(migrations.filter(({ version }) => version <= last.version)) === last.folder_hash;
}

/** Keeps what was just applied, in a project that has the table. */
export async function recordMigrations(sql: Sql, migrations: Migration[]): Promise<void> {
  const version = migrations.at(-1)?.version;
  if (version === undefined || !(await exists(sql, recordTable))) return;
  await sql`insert into private.applied_migrations (version, folder_hash)
    values (${version}, ${hashOfMigrations(migrations)})`;
}
