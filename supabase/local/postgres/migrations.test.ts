import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres, { type Sql } from 'postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { migrate } from './migrate.ts';
import { compareMigrations, hashOfMigrations, readMigrations } from './migrations.ts';
import { type TestCluster, useTestCluster } from './testing.ts';

const recordTable = `create schema private;
create table private.applied_migrations (
  applied_at timestamptz not null default now() primary key, version text not null, folder_hash text not null
);
`;

const first = '20260101000000_create_private_schema.sql';
const second = '20260101000100_create_rooms.sql';

let folder: string;
let cluster: TestCluster;
let url: string;
let sql: Sql;

const path = (name: string) => join(folder, 'migrations', name);
const write = (name: string, text: string) => writeFileSync(path(name), text);
const state = () => compareMigrations(sql, readMigrations(folder));
const records = () => sql`select version, folder_hash from private.applied_migrations order by applied_at`;

function layOut(): void {
  rmSync(join(folder, 'migrations'), { recursive: true, force: true });
  mkdirSync(join(folder, 'migrations'));
  write(first, recordTable);
  write(second, 'create table public.rooms (id int primary key);\n');
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'migrations-'));
  writeFileSync(join(folder, 'config.toml'), 'project_id = "rooms"\n');
  layOut();
  cluster = useTestCluster();
  ({ url } = await cluster.createDatabase('bootstrapped'));
  sql = postgres(url, { max: 1, onnotice: () => undefined });
});
afterAll(async () => {
  await sql.end();
  await cluster.stop();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(layOut);

// Each test goes on from the database of the one before: an apply takes the CLI two seconds.
describe('an apply', () => {
  test('keeps the hash of the folder and its last version', async () => {
    expect(await state()).toBe('none');
    const hash = await migrate(url, folder);
    expect(await records()).toMatchObject([{ version: '20260101000100', folder_hash: hash }]);
    expect(await state()).toBe('current');
  });

  test('with nothing to do keeps no second row', async () => {
    await migrate(url, folder);
    expect(await records()).toHaveLength(1);
  });

  test.each([
    ['an edited file', () => write(second, 'create table public.rooms (id bigint primary key);\n')],
    ['a file that is gone', () => rmSync(path(second))],
    ['a renamed file', () => renameSync(path(second), path('20260101000100_create_halls.sql'))],
    ['a file among those that were applied', () => write('20260101000050_create_walls.sql', 'select 1;\n')],
  ])('is refused after %s', async (_, change) => {
    change();
    expect(await state()).toBe('other');
    await expect(migrate(url, folder)).rejects.toMatchObject({ code: 'OTHER_MIGRATIONS' });
  });

  test('from before the table was there is another one', async () => {
    await sql`alter table private.applied_migrations rename to later_migrations`;
    expect(await state()).toBe('other');
    await sql`alter table private.later_migrations rename to applied_migrations`;
    expect(await state()).toBe('current');
  });

  test('of a file that came later adds a row', async () => {
    write('20260101000200_create_doors.sql', 'create table public.doors (id int primary key);\n');
    expect(await state()).toBe('pending');
    const hash = await migrate(url, folder);
    expect(await records()).toMatchObject([
      { version: '20260101000100' },
      { version: '20260101000200', folder_hash: hash },
    ]);
    expect(await state()).toBe('current');
  });

  test('by db push alone is taken as it is', async () => {
    await sql`truncate private.applied_migrations`;
    write('20260101000200_create_doors.sql', 'create table public.doors (id int primary key);\n');
    expect(await state()).toBe('current');
  });
});

describe('the hash', () => {
  const hash = () => hashOfMigrations(readMigrations(folder));

  test('is the same with other line ends and in another order', () => {
    const before = hash();
    write(first, readFileSync(path(first), 'utf8').replaceAll('\n', '\r\n'));
    expect(hash()).toBe(before);
    expect(hashOfMigrations(readMigrations(folder).reverse())).toBe(before);
  });

  test('is another one when a name or a letter changes, and overlooks what is no migration', () => {
    const before = hash();
    write('notes.md', 'not applied');
    expect(hash()).toBe(before);
    write(first, `${recordTable} `);
    expect(hash()).not.toBe(before);
  });
});
