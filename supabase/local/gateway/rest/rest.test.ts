import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createUser, signIn, startTestGateway, type TestGateway } from '../testing.ts';

const schema = `
create type public.plan as enum ('starter', 'premium');
create table public.customers (id uuid primary key default gen_random_uuid(), email text not null unique, note text);
create table public.licenses (
  id uuid primary key default gen_random_uuid(),
  customer_id uuid not null constraint licenses_customer_id_fkey references public.customers (id),
  owner_id uuid, plan public.plan not null default 'starter', seats integer not null default 1
    constraint seats_are_positive check (seats > 0),
  price_cents bigint not null default 1900, expires_at timestamptz, tags text[] not null default '{}', meta jsonb not null default '{}',
  secret text default 'hidden');
create table public.hidden (id int primary key);
create view public.license_overview with (security_invoker = true) as
  select l.id, l.plan, l.seats, c.email from public.licenses l join public.customers c on c.id = l.customer_id;
alter table public.customers enable row level security;
alter table public.licenses enable row level security;
alter table public.hidden enable row level security;
create policy customers_select on public.customers for select to authenticated using (true);
create policy licenses_select on public.licenses for select to authenticated using (true);
create policy licenses_insert on public.licenses for insert to authenticated with check (owner_id = (select auth.uid()));
create policy licenses_update on public.licenses for update to authenticated using (owner_id = (select auth.uid()));
grant select on public.customers, public.license_overview to authenticated;
grant select (id, customer_id, owner_id, plan, seats, price_cents, expires_at, tags, meta), insert, update on public.licenses to authenticated;
grant all on public.customers, public.licenses to service_role;
insert into public.customers (id, email, note)
  select md5(n::text)::uuid, 'c' || n || '@example.test', case when n % 2 = 0 then 'even' end from generate_series(1, 5) n;
insert into public.licenses (id, customer_id, plan, seats, expires_at)
  select md5('l' || n)::uuid, md5(((n % 5) + 1)::text)::uuid, (array['starter', 'premium'])[n % 2 + 1]::public.plan, n,
    case when n % 4 > 0 then timestamptz '2026-01-01' + n * interval '1 day' end from generate_series(1, 20) n;
create function public.echo(a_text text, a_uuid uuid, an_int integer default 7, a_bool boolean default true,
    a_time timestamptz default '2026-01-01T00:00:00Z', a_jsonb jsonb default '[]', a_json json default '{}', texts text[] default '{}')
  returns jsonb language sql as $$ select jsonb_build_object('text', a_text, 'uuid', a_uuid, 'int', an_int, 'bool', a_bool,
    'time', a_time, 'jsonb', a_jsonb, 'json', a_json, 'texts', texts) $$;
create function public.rows_of(rows jsonb) returns integer language sql as $$ select jsonb_array_length(rows) $$;
create function public.as_json() returns json language sql as $$ select '{"a": [1, null, "x"]}'::json $$;
create function public.nothing() returns void language sql as $$ select $$;
create function public.as_table(least_seats integer default 0) returns table (plan public.plan, total bigint) language sql stable as
  $$ select plan, count(*) from public.licenses where seats >= least_seats group by plan order by plan $$;
create function public.search_licenses(term text default null) returns setof public.licenses language sql stable as
  $$ select * from public.licenses where term is null or plan::text = term $$;
create function public.an_event() returns json language sql stable as $$ select json_build_object('at', max(expires_at)) from public.licenses $$;
create function public.one_row() returns public.customers language sql stable as $$ select * from public.customers order by email limit 1 $$;
create function public.scalars() returns setof text language sql stable as $$ select unnest(array['b', 'a']) $$;
create function public.who() returns jsonb language sql stable as $$ select jsonb_build_object('role', current_user, 'session', session_user,
  'uid', auth.uid(), 'aal', auth.jwt() ->> 'aal', 'headers', current_setting('request.headers', true)::json,
  'timeout', current_setting('statement_timeout'), 'search_path', current_setting('search_path')) $$;
create function public.become_superuser() returns text language plpgsql as $$ begin reset role; reset session authorization; return current_setting('is_superuser'); end $$;
create function public.refuse(state text) returns void language plpgsql as $$
  begin raise exception 'not allowed' using errcode = state, detail = 'because', hint = 'ask'; end $$;
create function public.slow() returns void language sql as $$ select pg_sleep(20) $$;
create table public.header_log (id int generated always as identity primary key, headers json default current_setting('request.headers', true)::json, note text);
alter table public.header_log enable row level security;
create policy header_log_insert on public.header_log for insert to authenticated with check (true);
create policy header_log_select on public.header_log for select to authenticated using (true);
grant select, insert on public.header_log to authenticated;
grant execute on all functions in schema public to authenticated, service_role;
`;

let home: TestGateway;
let user: Awaited<ReturnType<typeof createUser>>;
let client: Awaited<ReturnType<typeof signIn>>;

const grants = () => home.sql`
  select c.oid::regclass::text as name, c.relacl::text from pg_class c where c.relkind in ('r', 'v', 'S', 'p') order by 1`;
const defaultGrants = () => home.sql`select defaclnamespace::text, defaclacl::text from pg_default_acl order by 1, 2`;

beforeAll(async () => {
  home = await startTestGateway();
  await home.sql.unsafe(`set role postgres; ${schema}; reset role`);
  user = await createUser(home);
  client = await signIn(home, user);
}, 60_000);
afterAll(() => home.stop());

describe('rights', () => {
  test('requests of every role leave all grants as the migrations made them', async () => {
    const before = JSON.stringify([await grants(), await defaultGrants()]);
    await home.client().from('customers').select();
    await client.from('customers').select();
    await home.admin.from('customers').select();
    await client.rpc('who');
    expect(JSON.stringify([await grants(), await defaultGrants()])).toBe(before);
  });

  test('a missing grant is an error, 401 for anon and 403 for a user, and hidden columns stay hidden', async () => {
    expect(await home.client().from('customers').select()).toMatchObject({ status: 401, error: { code: '42501', message: 'permission denied for table customers', details: null } });
    expect(await client.from('hidden').select()).toMatchObject({ status: 403, error: { code: '42501' } });
    expect(await client.from('licenses').select('secret')).toMatchObject({ status: 403, error: { code: '42501' } });
    expect(await client.from('no_such_table').select()).toMatchObject({ status: 404, error: { code: 'PGRST205' } });
  });

  test('no function escapes the login role, which is no superuser', async () => {
    expect((await client.rpc('become_superuser')).data).toBe('off');
    expect((await client.rpc('who')).data).toMatchObject({ role: 'authenticated', session: 'authenticator', uid: user.id, aal: 'aal1' });
    expect((await home.admin.rpc('who')).data).toMatchObject({ role: 'service_role' });
  });

  test('tables of unexposed schemas are not there', async () => {
    expect((await home.admin.schema('auth').from('users').select()).error).toMatchObject({ code: 'PGRST106' });
    expect((await home.admin.from('users').select()).error).toMatchObject({ code: 'PGRST205' });
  });
});

describe('credentials', () => {
  const get = (headers: Record<string, string>, path = '/rest/v1/customers?select=id') => home.request(path, { headers });

  test('takes publishable, secret and legacy keys, in header or query', async () => {
    const { keys } = home.ctx;
    expect((await get({ apikey: keys.secret })).status).toBe(200);
    expect((await get({ apikey: keys.secret, authorization: `Bearer ${keys.secret}` })).status).toBe(200);
    expect((await get({ apikey: keys.legacyServiceRole })).status).toBe(200);
    expect((await get({}, `/rest/v1/customers?select=id&apikey=${keys.secret}`)).status).toBe(200);
    expect((await get({ apikey: keys.publishable })).status).toBe(401);
    expect((await get({ apikey: keys.legacyAnon })).status).toBe(401);
  });

  test('refuses no key, an unknown key, a secret key in a browser and a key used as a token', async () => {
    const missing = await get({});
    expect([missing.status, await missing.json()]).toMatchObject([401, { message: 'No API key found in request' }]);
    expect((await get({ apikey: 'sb_secret_guess' })).status).toBe(401);
    const browser = await get({ apikey: home.ctx.keys.secret, 'user-agent': 'Mozilla/5.0' });
    expect([browser.status, await browser.json()]).toMatchObject([401, { message: 'Forbidden use of secret API key in browser' }]);
    expect((await get({ authorization: `Bearer ${home.ctx.keys.secret}` })).status).toBe(401);
  });

  test('answers an expired token with PGRST303 and forged ones with PGRST301', async () => {
    const { keys, tokens } = home.ctx;
    const seconds = Math.floor(Date.now() / 1000);
    const expired = await tokens.sign({ role: 'service_role', iat: seconds - 100, exp: seconds - 50 });
    const late = await get({ apikey: keys.publishable, authorization: `Bearer ${expired}` });
    expect([late.status, await late.json()]).toEqual([401, { code: 'PGRST303', details: null, hint: null, message: 'JWT expired' }]);
    expect(late.headers.get('www-authenticate')).toContain('JWT expired');
    const claims = { role: 'service_role', iat: seconds, exp: seconds + 60 };
    const inner = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(keys.liteSecret));
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.`;
    for (const forged of [inner, unsigned, 'x.y.z', 'x']) {
      const response = await get({ apikey: keys.publishable, authorization: `Bearer ${forged}` });
      expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([401, 'PGRST301']);
    }
  });

  test('goes on until its end after sign-out, as on hosted: instant lock-out is for SQL to check', async () => {
    const leaving = await signIn(home, await createUser(home));
    const token = (await leaving.auth.getSession()).data.session!.access_token;
    const headers = { apikey: home.ctx.keys.publishable, authorization: `Bearer ${token}` };
    await home.admin.auth.admin.signOut(token);
    expect((await get(headers)).status).toBe(200);
    expect((await home.request('/auth/v1/user', { headers })).status).toBe(403);
  });

  test('refuses a token whose role is not one of the API', async () => {
    const seconds = Math.floor(Date.now() / 1000);
    const token = await home.ctx.tokens.sign({ role: 'postgres', iat: seconds, exp: seconds + 60 });
    const response = await get({ apikey: home.ctx.keys.publishable, authorization: `Bearer ${token}` });
    expect([response.status, await response.json()]).toMatchObject([403, { code: '42501' }]);
  });
});

describe('the request seen from SQL', () => {
  test('carries the real address and user agent on calls and on plain writes, and no credential', async () => {
    const { data } = await client.auth.getSession();
    const headers = {
      apikey: home.ctx.keys.publishable,
      authorization: `Bearer ${data.session!.access_token}`,
      'x-forwarded-for': '6.6.6.6',
      'user-agent': 'Console/1',
      'content-type': 'application/json',
    };
    const called = await home.request('/rest/v1/rpc/who', { method: 'POST', headers, body: '{}', ip: '10.1.2.3' });
    expect(await called.json()).toMatchObject({
      headers: { 'x-forwarded-for': '10.1.2.3', 'user-agent': 'Console/1' },
      timeout: '8s',
      search_path: '"public", "extensions"',
    });
    const written = await home.request('/rest/v1/header_log', {
      method: 'POST',
      headers: { ...headers, prefer: 'return=representation' },
      body: '{"note":"x"}',
      ip: '10.1.2.4',
    });
    const text = await written.text();
    expect(JSON.parse(text)).toMatchObject([{ headers: { 'x-forwarded-for': '10.1.2.4', 'user-agent': 'Console/1' } }]);
    expect(text).not.toContain(data.session!.access_token);
    expect(text).not.toContain(home.ctx.keys.publishable);
  });
});

describe('reading', () => {
  test('embeds by the name of the foreign key, both ways', async () => {
    const up = await client.from('licenses').select('id, customer:customers!licenses_customer_id_fkey(email)').order('id').limit(2);
    expect(up.error).toBeNull();
    expect(up.data).toMatchObject([{ customer: { email: expect.any(String) } }, { customer: { email: expect.any(String) } }]);
    const down = await client.from('customers').select('email, licenses!licenses_customer_id_fkey(id, plan)').eq('email', 'c1@example.test').single();
    expect(down.error).toBeNull();
    expect(down.data!.licenses).toHaveLength(4);
  });

  test('filters with or, ilike, in, is, not, gte and on an embedded table', async () => {
    const count = async (query: PromiseLike<{ data: unknown[] | null; error: unknown }>) => {
      const { data, error } = await query;
      expect(error).toBeNull();
      return data!.length;
    };
    const licenses = () => client.from('licenses').select('id, seats');
    expect(await count(licenses().or('seats.lte.2,and(seats.gte.19,plan.eq.starter)'))).toBe(3);
    expect(await count(client.from('customers').select('id').ilike('email', '%C1@EXAMPLE%'))).toBe(1);
    expect(await count(client.from('customers').select('id').or('email.ilike.%c1@%,note.eq.even'))).toBe(3);
    expect(await count(licenses().in('seats', [1, 2, 99]))).toBe(2);
    expect(await count(licenses().is('expires_at', null))).toBe(5);
    expect(await count(licenses().not('expires_at', 'is', null).gte('expires_at', '2026-01-18T00:00:00Z'))).toBe(3);
    expect(await count(client.from('licenses').select('id, customers!inner(email)').eq('customers.email', 'c2@example.test'))).toBe(4);
  });

  test('orders with nulls last, pages with an exact count, and counts without rows', async () => {
    const page = await client.from('licenses').select('expires_at, seats', { count: 'exact' })
      .order('expires_at', { ascending: false, nullsFirst: false }).order('seats').range(14, 16);
    expect(page).toMatchObject({ status: 206, count: 20 });
    expect(page.data!.map((row) => row.expires_at === null)).toEqual([false, true, true]);
    const head = await client.from('licenses').select('*', { count: 'exact', head: true }).eq('plan', 'starter');
    // Column grants: a head request for * reads no hidden column only when it names its columns.
    expect(head.error === null || head.status === 403).toBe(true);
    const named = await client.from('licenses').select('id', { count: 'exact', head: true }).eq('plan', 'starter');
    expect(named).toMatchObject({ error: null, count: 10, data: null });
    expect((await client.from('licenses').select('id').range(500, 510)).data).toEqual([]);
  });

  test('gives one row, no row or an error for several', async () => {
    const by = (email: string) => client.from('customers').select('email').eq('email', email);
    expect((await by('c1@example.test').single()).data).toEqual({ email: 'c1@example.test' });
    expect(await by('none').maybeSingle()).toMatchObject({ data: null, error: null });
    expect((await by('none').single()).error).toMatchObject({ code: 'PGRST116' });
    expect((await client.from('customers').select('email').maybeSingle()).error).toMatchObject({ code: 'PGRST116' });
  });

  test('reads views with the caller’s rights, and types as PostgREST writes them', async () => {
    const view = await client.from('license_overview').select('email, seats').order('seats').limit(1);
    expect(view.data).toEqual([{ email: 'c2@example.test', seats: 1 }]);
    const { data } = await client.from('licenses').select('price_cents, expires_at, tags, meta, plan').eq('seats', 1).single();
    expect(data).toEqual({ price_cents: 1900, expires_at: '2026-01-02T00:00:00+00:00', tags: [], meta: {}, plan: 'premium' });
  });
});

describe('calling functions', () => {
  const id = '0b2d7f0e-0000-4000-8000-000000000001';

  test('passes every argument type by name, and defaults what is left out', async () => {
    const few = await client.rpc('echo', { a_text: 'é', a_uuid: id });
    expect(few.error).toBeNull();
    expect(few.data).toMatchObject({ text: 'é', uuid: id, int: 7, bool: true, jsonb: [], json: {}, texts: [] });
    const all = await client.rpc('echo', {
      a_text: '', a_uuid: id, an_int: -1, a_bool: false, a_time: '2026-05-01T10:00:00+02:00',
      a_jsonb: [{ row: 1, email: "o'x" }, null, 'x'], a_json: { deep: [1, { b: null }] }, texts: ['a,b', '"q"', ''],
    });
    expect(all.error).toBeNull();
    expect(all.data).toEqual({
      text: '', uuid: id, int: -1, bool: false, time: '2026-05-01T08:00:00+00:00',
      jsonb: [{ row: 1, email: "o'x" }, null, 'x'], json: { deep: [1, { b: null }] }, texts: ['a,b', '"q"', ''],
    });
    for (const a_jsonb of ['text', '[1]', true, [true], 5, { a: 'é' }]) {
      expect((await client.rpc('echo', { a_text: 'x', a_uuid: id, a_jsonb })).data).toMatchObject({ jsonb: a_jsonb });
    }
    expect((await client.rpc('echo', { a_text: null, a_uuid: null })).data).toMatchObject({ text: null, uuid: null });
  });

  test('takes a large jsonb array of rows', async () => {
    const rows = Array.from({ length: 5_000 }, (_, row) => ({ row, email: `c${row}@example.test`, hwid: 'x'.repeat(64) }));
    expect((await client.rpc('rows_of', { rows })).data).toBe(5_000);
  });

  test('returns json, nothing, tables, rows and sets', async () => {
    expect((await client.rpc('as_json')).data).toEqual({ a: [1, null, 'x'] });
    expect(await client.rpc('nothing')).toMatchObject({ status: 204, error: null });
    expect((await client.rpc('as_table')).data).toEqual([{ plan: 'starter', total: 10 }, { plan: 'premium', total: 10 }]);
    expect((await client.rpc('as_table', { least_seats: 20 })).data).toEqual([{ plan: 'starter', total: 1 }]);
    expect((await client.rpc('scalars')).data).toEqual(['b', 'a']);
    expect((await client.rpc('one_row').select('email')).data).toEqual({ email: 'c1@example.test' });
    expect((await client.rpc('as_table', {}, { get: true })).data).toHaveLength(2);
  });

  test('a set of a table’s rows can be selected, filtered, ordered, paged and counted', async () => {
    const page = await home.admin.rpc('search_licenses', { term: 'starter' }, { count: 'exact' })
      .select('seats, customers!licenses_customer_id_fkey(email)').gt('seats', 4).order('seats', { ascending: false }).range(0, 2);
    expect(page.error).toBeNull();
    expect(page.data).toMatchObject([{ seats: 20 }, { seats: 18 }, { seats: 16 }]);
    expect(page.count).toBe(8);
    const second = await home.admin.rpc('search_licenses', {}, { count: 'exact' }).select('seats').order('seats').range(18, 19);
    expect([second.count, second.data]).toEqual([20, [{ seats: 19 }, { seats: 20 }]]);
    const head = await home.admin.rpc('search_licenses', { term: 'starter' }, { count: 'exact', head: true });
    expect(head.count).toBe(10);
  });

  test('answers errors in PostgREST’s shape with the status of the SQLSTATE', async () => {
    const refuse = async (state: string) => {
      const { status, error } = await client.rpc('refuse', { state });
      return [status, error];
    };
    const body = (code: string) => expect.objectContaining({ code, message: 'not allowed', details: 'because', hint: 'ask' });
    expect(await refuse('P0001')).toEqual([400, body('P0001')]);
    expect(await refuse('42501')).toEqual([403, body('42501')]);
    expect(await refuse('22023')).toEqual([400, body('22023')]);
    expect(await refuse('23514')).toEqual([400, body('23514')]);
    expect(await refuse('23505')).toEqual([409, body('23505')]);
    expect(await refuse('PT429')).toEqual([429, body('PT429')]);
    expect(await refuse('55000')).toEqual([500, body('55000')]);
    expect((await client.rpc('no_such_function')).error).toMatchObject({ code: 'PGRST202' });
    expect((await client.rpc('echo', { a_text: 'x', wrong: 1 })).error).toMatchObject({ code: 'PGRST202' });
    expect((await client.rpc('echo', { a_text: 'x', a_uuid: 'not-a-uuid' }))).toMatchObject({ status: 400, error: { code: '22P02' } });
    const malformed = await home.request('/rest/v1/rpc/rows_of', { method: 'POST', body: '{', headers: { apikey: home.ctx.keys.secret, 'content-type': 'application/json' } });
    expect([malformed.status, await malformed.json()]).toMatchObject([400, { code: 'PGRST102' }]);
  });

  test('ends a call that runs longer than its role may', async () => {
    await home.sql.unsafe(`alter role authenticated set statement_timeout = '200ms'; notify pgrst, 'reload config'`);
    await expect.poll(async () => (await client.rpc('who')).data.timeout).toBe('200ms');
    expect(await client.rpc('slow')).toMatchObject({ status: 500, error: { code: '57014' } });
    await home.sql.unsafe(`alter role authenticated set statement_timeout = '8s'; notify pgrst, 'reload config'`);
  });
});

describe('writing', () => {
  test('inserts, updates and refuses by policy, constraint and missing filter', async () => {
    const customer_id = (await client.from('customers').select('id').limit(1).single()).data!.id;
    const mine = await client.from('licenses').insert({ customer_id, owner_id: user.id, meta: { a: [1] }, tags: ['x', 'é,'] }).select('id, seats, meta, tags').single();
    expect(mine).toMatchObject({ status: 201, data: { seats: 1, meta: { a: [1] }, tags: ['x', 'é,'] } });
    const changed = await client.from('licenses').update({ seats: 3 }).eq('id', mine.data!.id).select('seats');
    expect(changed.data).toEqual([{ seats: 3 }]);
    for (const meta of ['text', [true], { deep: [null] }, 7]) {
      expect((await client.from('licenses').update({ meta }).eq('id', mine.data!.id).select('meta')).data).toEqual([{ meta }]);
    }
    expect(await client.from('licenses').insert({ customer_id })).toMatchObject({ status: 403, error: { code: '42501', message: 'new row violates row-level security policy for table "licenses"' } });
    expect((await client.from('licenses').update({ seats: 9 }).eq('seats', 7).select('seats')).data).toEqual([]);
    expect(await client.from('licenses').update({ seats: -1 }).eq('id', mine.data!.id)).toMatchObject({ status: 400, error: { code: '23514' } });
    expect(await home.admin.from('licenses').update({ note: 'x' }).eq('id', customer_id)).toMatchObject({ status: 400, error: { code: 'PGRST204' } });
    expect(await home.admin.from('customers').insert({ email: 'c1@example.test' })).toMatchObject({ status: 409, error: { code: '23505' } });
    const unfiltered = await home.request('/rest/v1/customers', { method: 'DELETE', headers: { apikey: home.ctx.keys.secret } });
    expect(unfiltered.status).toBe(400);
    expect((await home.admin.from('customers').select('id', { count: 'exact', head: true })).count).toBe(5);
  });

  test('upserts and deletes', async () => {
    const email = 'upsert@example.test';
    await home.admin.from('customers').upsert({ email, note: 'a' }, { onConflict: 'email' });
    const { data } = await home.admin.from('customers').upsert({ email, note: 'b' }, { onConflict: 'email' }).select('note');
    expect(data).toEqual([{ note: 'b' }]);
    expect((await home.admin.from('customers').delete().eq('email', email).select('email')).data).toEqual([{ email }]);
  });
});

describe('a change of the schema', () => {
  test('shows without a restart', async () => {
    expect((await home.admin.from('later').select()).error).toMatchObject({ code: 'PGRST205' });
    await home.sql.unsafe('set role postgres; create table public.later (id int primary key); grant select on public.later to service_role; reset role');
    await expect.poll(async () => (await home.admin.from('later').select()).error).toBeNull();
    await home.sql.unsafe(`alter table public.later add column word text default 'new'`);
    await home.sql.unsafe('insert into public.later values (1)');
    await expect.poll(async () => (await home.admin.from('later').select('word')).data).toEqual([{ word: 'new' }]);
  });
});
