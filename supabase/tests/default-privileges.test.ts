import { join } from 'node:path';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useTestCluster } from '@whatautosys/local/testing/postgres';
import { migrate } from '@whatautosys/local/migrate';

/** What projects of 2024 and today's self-hosted images grant on everything made in public. */
const of2024 = ['postgres', 'supabase_admin'].flatMap((maker) =>
  ['tables', 'sequences', 'functions'].map(
    (kind) => `alter default privileges for role ${maker} in schema public
      grant all on ${kind} to postgres, anon, authenticated, service_role`,
  ),
);

const cluster = useTestCluster();
const databases: Record<string, postgres.Sql> = {};
beforeAll(async () => {
  const [today, older] = await Promise.all([cluster.createDatabase(), cluster.createDatabase('bootstrapped')]);
  const admin = postgres(older.adminUrl, { max: 1, onnotice: () => undefined });
  for (const statement of of2024) await admin.unsafe(statement);
  await admin.end();
  await migrate(older.url, join(import.meta.dirname, '..'));
  databases['2026'] = postgres(today.url, { max: 1, onnotice: () => undefined });
  databases['2024'] = postgres(older.url, { max: 1, onnotice: () => undefined });
}, 60_000);
afterAll(async () => {
  await Promise.all(Object.values(databases).map((sql) => sql.end()));
  await cluster.stop();
});

/** Who may do what with each schema, relation, column and function; ids and order left out. */
const privileges = (sql: postgres.Sql) => sql<{ line: string }[]>`
  with granted as (
    select n.nspname::text as object, coalesce(n.nspacl, acldefault('n', n.nspowner)) as acl
    from pg_namespace n where n.nspname in ('public', 'private')
    union all
    select c.oid::regclass::text, coalesce(c.relacl,
      acldefault(case c.relkind when 'S' then 's' else 'r' end::"char", c.relowner))
    from pg_class c where c.relnamespace in ('public'::regnamespace, 'private'::regnamespace)
      and c.relkind in ('r', 'p', 'v', 'm', 'S')
    union all
    select a.attrelid::regclass || '.' || a.attname, a.attacl
    from pg_attribute a join pg_class c on c.oid = a.attrelid
    where c.relnamespace in ('public'::regnamespace, 'private'::regnamespace) and a.attacl is not null
    union all
    select p.oid::regprocedure::text, coalesce(p.proacl, acldefault('f', p.proowner))
    from pg_proc p where p.pronamespace in ('public'::regnamespace, 'private'::regnamespace)
  )
  select format('%s: %s %s', object, coalesce(nullif(g.grantee, 0)::regrole::text, 'PUBLIC'), g.privilege_type) as line
  from granted, aclexplode(acl) as g where g.grantee <> 'postgres'::regrole order by 1`;

it('the rights of everybody are the same, whichever defaults the database began with', async () => {
  const [today, older] = [await privileges(databases['2026']!), await privileges(databases['2024']!)];
  const lines = (rows: readonly { line: string }[]) => rows.map(({ line }) => line);
  expect(today.length).toBeGreaterThan(100);
  expect(lines(older)).toEqual(lines(today));
});

it('nobody without a session holds anything, TRUNCATE included', async () => {
  for (const sql of Object.values(databases)) {
    const held = (await privileges(sql)).filter(({ line }) => / (anon|PUBLIC) (?!USAGE$)/.test(line));
    expect(held).toEqual([]);
  }
});

describe.each(['2024', '2026'])('with the defaults of %s', (year) => {
  it('a table made later belongs to nobody but its owner until it is granted', async () => {
    const sql = databases[year]!;
    await sql.unsafe(`create table public.later (id int primary key);
      create function public.later() returns int language sql as 'select 1'`);
    const later = (await privileges(sql)).filter(({ line }) => line.startsWith('later'));
    expect(later).toEqual([]);
    await sql.unsafe('drop table public.later; drop function public.later()');
  });

  it('support may not write a licence past its functions', async () => {
    const sql = databases[year]!;
    const [user, session, customer, license] = Array.from({ length: 4 }, () => crypto.randomUUID()) as [
      string,
      string,
      string,
      string,
    ];
    const attempt = sql.begin(async (tx) => {
      await tx`insert into auth.users (id, aud, role, email)
        values (${user}, 'authenticated', 'authenticated', 's@x.test')`;
      await tx`insert into auth.sessions (id, user_id, aal) values (${session}, ${user}, 'aal2')`;
      await tx`insert into public.staff (user_id, email, display_name, role)
        values (${user}, 's@x.test', 'S', 'support')`;
      await tx`insert into public.customers (id, email) values (${customer}, 'c@x.test')`;
      await tx`insert into public.licenses
          (id, customer_id, email, plan, expires_at, grace_until, license_key_hint, hwid_hint)
        values (${license}, ${customer}, 'c@x.test', (select min(code) from public.plans), now() + interval '1 day',
          now() + interval '2 days', 'AAAA', 'BBBB')`;
      const claims = JSON.stringify({ sub: user, role: 'authenticated', aal: 'aal2', session_id: session });
      await tx`select set_config('role', 'authenticated', true), set_config('request.jwt.claims', ${claims}, true)`;
      await tx`update public.licenses set expires_at = now() + interval '100 years' where id = ${license}`;
    });
    await expect(attempt).rejects.toMatchObject({ code: '42501' });
  });
});
