import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bootstrap } from './bootstrap.ts';
import { useTestCluster, type TestCluster, type TestDatabase } from './testing.ts';

let cluster: TestCluster;
let database: TestDatabase;
let admin: postgres.Sql;
let sql: postgres.Sql;

beforeAll(async () => {
  cluster = useTestCluster();
  database = await cluster.createDatabase('bootstrapped');
  admin = postgres(database.adminUrl, { max: 2, onnotice: () => undefined });
  sql = postgres(database.url, { max: 2, onnotice: () => undefined });
}, 60_000);

afterAll(async () => {
  await Promise.all([admin?.end(), sql?.end()]);
  await cluster?.stop();
});

const refused = (statement: string) =>
  expect(sql.unsafe(statement), statement).rejects.toMatchObject({ code: '42501' });

describe('roles', () => {
  test('postgres has the attributes it has on a hosted project', async () => {
    const [role] = await admin`
      select rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls
      from pg_roles where rolname = 'postgres'`;
    expect(role).toEqual({
      rolsuper: false,
      rolcreatedb: true,
      rolcreaterole: true,
      rolreplication: true,
      rolbypassrls: true,
    });
  });

  test('only service_role bypasses row-level security among the API roles, and none logs in', async () => {
    const roles = await admin`
      select rolname, rolcanlogin, rolbypassrls from pg_roles
      where rolname in ('anon', 'authenticated', 'service_role') order by rolname`;
    expect([...roles]).toEqual([
      { rolname: 'anon', rolcanlogin: false, rolbypassrls: false },
      { rolname: 'authenticated', rolcanlogin: false, rolbypassrls: false },
      { rolname: 'service_role', rolcanlogin: false, rolbypassrls: true },
    ]);
  });

  test('postgres may become the API roles and no platform role', async () => {
    await sql.begin(async (transaction) => {
      for (const role of ['anon', 'authenticated', 'service_role']) {
        await transaction.unsafe(`set local role ${role}`);
        await transaction`reset role`;
      }
    });
    for (const role of ['supabase_admin', 'supabase_auth_admin', 'platform_policy_owner'])
      await refused(`set role ${role}`);
  });

  test('the database speaks UTC and writes logical WAL', async () => {
    const [settings] = await sql`select current_setting('timezone') as zone, current_setting('wal_level') as wal`;
    expect(settings).toEqual({ zone: 'UTC', wal: 'logical' });
  });
});

describe('what a hosted project refuses to postgres', () => {
  test.each([
    'create table auth.mine (id integer)',
    'create table storage.mine (id integer)',
    'create table realtime.mine (id integer)',
    'create table vault.mine (id integer)',
    'create table cron.mine (id integer)',
    'create function auth.mine() returns integer language sql as $$ select 1 $$',
    'create or replace function auth.uid() returns uuid language sql as $$ select null::uuid $$',
    'alter table auth.users add column mine text',
    'alter table auth.users disable row level security',
    'drop table auth.users cascade',
    'alter table realtime.messages disable row level security',
    'alter table realtime.messages add column mine text',
    'alter table storage.objects disable row level security',
    'create index mine on storage.objects (name)',
    'create trigger mine after insert on realtime.messages for each row execute function ' +
      'suppress_redundant_updates_trigger()',
    'drop table realtime.messages',
    'drop table storage.objects cascade',
    'drop index realtime.messages_inserted_at_topic_idx',
    'create event trigger mine on sql_drop execute function local_guards.refuse_platform_drop()',
    "alter system set work_mem = '1GB'",
    "select pg_read_file('vault.key')",
    'select vault._root_key()',
    "insert into vault.secrets (secret) values ('x')",
    "insert into cron.job (schedule, command) values ('* * * * *', 'select 1')",
    "update cron.job set username = 'supabase_admin'",
    "select * from cron.schedule_in_database('x', '* * * * *', 'select 1', 'postgres', 'supabase_admin')",
    "insert into net.http_request_queue (method, url, timeout_milliseconds) values ('GET', 'http://x', 1)",
    "alter role supabase_admin with password 'x'",
    'drop publication supabase_realtime_messages_publication',
  ])('%s', async (statement) => {
    if (statement.startsWith('update cron.job')) await sql`select cron.schedule('theirs', '* * * * *', 'select 1')`;
    await refused(statement);
  });
});

describe('what a hosted project allows to postgres', () => {
  test('policies on realtime.messages and storage.objects, made and dropped', async () => {
    for (const table of ['realtime.messages', 'storage.objects']) {
      await sql.unsafe(`create policy mine on ${table} for select to authenticated using (true)`);
      await sql.unsafe(`alter policy mine on ${table} using (false)`);
      await sql.unsafe(`drop policy mine on ${table}`);
    }
  });

  test('tables that reference auth.users, triggers on it, and the realtime publication', async () => {
    await sql.unsafe(`
      create table public.profiles (user_id uuid primary key references auth.users (id) on delete cascade);
      create function public.on_user() returns trigger language plpgsql security definer set search_path = ''
        as 'begin insert into public.profiles values (new.id); return new; end';
      create trigger users_after_insert_profile after insert on auth.users for each row
        execute function public.on_user();
      alter publication supabase_realtime add table public.profiles;
      insert into auth.users (id) values ('00000000-0000-4000-8000-000000000001')`);
    expect(await sql`select count(*)::int as count from public.profiles`).toMatchObject([{ count: 1 }]);
    await sql`drop table public.profiles cascade`;
    await sql`drop function public.on_user cascade`;
  });

  test('trusted extensions in the schema extensions', async () => {
    for (const name of ['pg_trgm', 'citext', 'unaccent', 'btree_gist'])
      await sql.unsafe(`create extension ${name} with schema extensions`);
  });
});

describe('grants', () => {
  test('a new table gives the API roles no rows, not even service_role', async () => {
    await sql`create table public.plain (id integer)`;
    const [grants] = await sql`
      select has_table_privilege('anon', 'public.plain', 'select') as anon,
        has_table_privilege('authenticated', 'public.plain', 'select') as authenticated,
        has_table_privilege('service_role', 'public.plain', 'select') as service_role`;
    expect(grants).toEqual({ anon: false, authenticated: false, service_role: false });
    // What hosted left of its older defaults: a migration that is not careful leaves TRUNCATE to everybody.
    const [left] = await admin`select has_table_privilege('anon', 'public.plain', 'truncate') as truncate`;
    expect(left).toEqual({ truncate: true });
    await sql`drop table public.plain`;
  });

  test('the API roles see neither vault, cron nor the auth tables', async () => {
    const [grants] = await admin`
      select has_schema_privilege('authenticated', 'vault', 'usage') as vault,
        has_schema_privilege('authenticated', 'cron', 'usage') as cron,
        has_table_privilege('authenticated', 'auth.users', 'select') as users,
        has_table_privilege('service_role', 'auth.users', 'select') as service_users,
        has_schema_privilege('anon', 'public', 'create') as create_public`;
    expect(grants).toEqual({ vault: false, cron: false, users: false, service_users: false, create_public: false });
  });

  test('bootstrap run again leaves every grant and object as it was', async () => {
    const snapshot = () => admin`
      select c.oid::regclass::text as name, c.relacl::text, c.relowner from pg_class c
      where relnamespace::regnamespace::text in ('auth', 'storage', 'realtime', 'vault', 'cron', 'net') order by 1`;
    const before = await snapshot();
    await bootstrap(database.adminUrl);
    expect(await snapshot()).toEqual(before);
  });
});

describe('auth helpers', () => {
  const id = '00000000-0000-4000-8000-000000000009';
  test.each([
    ['request.jwt.claims', JSON.stringify({ sub: id, role: 'authenticated', email: 'a@example.test' })],
    ['request.jwt.claim.sub', id],
  ])('auth.uid() reads %s', async (setting, value) => {
    const [row] = await sql.begin(async (transaction) => {
      await transaction`select set_config(${setting}, ${value}, true)`;
      return transaction`select auth.uid() as uid`;
    });
    expect(row).toEqual({ uid: id });
  });

  test('auth.uid() is null and auth.jwt() null without claims', async () => {
    expect(await sql`select auth.uid() as uid, auth.jwt() as jwt`).toMatchObject([{ uid: null, jwt: null }]);
  });
});

describe('realtime', () => {
  test('send() keeps a message, with its id in the payload', async () => {
    await sql`select realtime.send('{"a": 1}', 'changed', 'room:1')`;
    const [row] =
      await admin`select id, payload, private, extension, event from realtime.messages where topic = 'room:1'`;
    expect(row).toMatchObject({
      event: 'changed',
      private: true,
      extension: 'broadcast',
      payload: { a: 1, id: row?.['id'] },
    });
  });

  test('send() as a role without a policy is swallowed, as on hosted', async () => {
    await sql.begin(async (transaction) => {
      await transaction`set local role authenticated`;
      await transaction`select realtime.send('{}', 'changed', 'room:2')`;
    });
    expect(await admin`select from realtime.messages where topic = 'room:2'`).toHaveLength(0);
  });

  test('broadcast_changes() refuses a statement-level call', async () => {
    await expect(
      sql`select realtime.broadcast_changes('t', 'e', 'INSERT', 'x', 'public', null::auth.users, null::auth.users,
        'STATEMENT')`,
    ).rejects.toThrow('can only be triggered for each row');
  });
});
