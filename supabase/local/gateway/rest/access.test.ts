import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createUser, signIn, startTestGateway, type TestGateway } from '../testing.ts';
import { scratchSchema } from './scratch-schema.ts';

let home: TestGateway;
let user: Awaited<ReturnType<typeof createUser>>;
let client: Awaited<ReturnType<typeof signIn>>;

const grants = () => home.sql`
  select c.oid::regclass::text as name, c.relacl::text from pg_class c
  where c.relkind in ('r', 'v', 'S', 'p') order by 1`;
const defaultGrants = () => home.sql`select defaclnamespace::text, defaclacl::text from pg_default_acl order by 1, 2`;

beforeAll(async () => {
  home = await startTestGateway();
  await home.sql.unsafe(`set role postgres; ${scratchSchema}; reset role`);
  user = await createUser(home);
  client = await signIn(home, user);
}, 60_000);
afterAll(() => home.stop());

describe('rights', () => {
  test('requests of every role leave all grants as the migrations made them', async () => {
    const before = JSON.stringify([await grants(), await defaultGrants()]);
    await home.client().from('authors').select();
    await client.from('authors').select();
    await home.admin.from('authors').select();
    await client.rpc('who');
    expect(JSON.stringify([await grants(), await defaultGrants()])).toBe(before);
  });

  test('a missing grant is an error, 401 for anon and 403 for a user, and hidden columns stay hidden', async () => {
    expect(await home.client().from('authors').select()).toMatchObject({
      status: 401,
      error: { code: '42501', message: 'permission denied for table authors', details: null },
    });
    expect(await client.from('hidden').select()).toMatchObject({ status: 403, error: { code: '42501' } });
    expect(await client.from('books').select('secret')).toMatchObject({ status: 403, error: { code: '42501' } });
    expect(await client.from('no_such_table').select()).toMatchObject({ status: 404, error: { code: 'PGRST205' } });
  });

  test('no function escapes the login role, which is no superuser', async () => {
    expect((await client.rpc('become_superuser')).data).toBe('off');
    expect((await client.rpc('who')).data).toMatchObject({
      role: 'authenticated',
      session: 'authenticator',
      uid: user.id,
      aal: 'aal1',
    });
    expect((await home.admin.rpc('who')).data).toMatchObject({ role: 'service_role' });
  });

  test('tables of unexposed schemas are not there', async () => {
    expect((await home.admin.schema('auth').from('users').select()).error).toMatchObject({ code: 'PGRST106' });
    expect((await home.admin.from('users').select()).error).toMatchObject({ code: 'PGRST205' });
  });
});

describe('credentials', () => {
  const get = (headers: Record<string, string>, path = '/rest/v1/authors?select=id') => home.request(path, { headers });

  test('takes publishable, secret and legacy keys, in header or query', async () => {
    const { keys } = home.ctx;
    expect((await get({ apikey: keys.secret })).status).toBe(200);
    expect((await get({ apikey: keys.secret, authorization: `Bearer ${keys.secret}` })).status).toBe(200);
    expect((await get({ apikey: keys.legacyServiceRole })).status).toBe(200);
    expect((await get({}, `/rest/v1/authors?select=id&apikey=${keys.secret}`)).status).toBe(200);
    expect((await get({ apikey: keys.publishable })).status).toBe(401);
    expect((await get({ apikey: keys.legacyAnon })).status).toBe(401);
  });

  test('refuses no key, an unknown key, a secret key in a browser and a key used as a token', async () => {
    const missing = await get({});
    expect([missing.status, await missing.json()]).toMatchObject([401, { message: 'No API key found in request' }]);
    expect((await get({ apikey: 'sb_secret_guess' })).status).toBe(401);
    const browser = await get({ apikey: home.ctx.keys.secret, 'user-agent': 'Mozilla/5.0' });
    expect([browser.status, await browser.json()]).toMatchObject([
      401,
      { message: 'Forbidden use of secret API key in browser' },
    ]);
    expect((await get({ authorization: `Bearer ${home.ctx.keys.secret}` })).status).toBe(401);
  });

  test('answers an expired token with PGRST303 and forged ones with PGRST301', async () => {
    const { keys, tokens } = home.ctx;
    const seconds = Math.floor(Date.now() / 1000);
    const expired = await tokens.sign({ role: 'service_role', iat: seconds - 100, exp: seconds - 50 });
    const late = await get({ apikey: keys.publishable, authorization: `Bearer ${expired}` });
    expect([late.status, await late.json()]).toEqual([
      401,
      { code: 'PGRST303', details: null, hint: null, message: 'JWT expired' },
    ]);
    expect(late.headers.get('www-authenticate')).toContain('JWT expired');
    const claims = { role: 'service_role', iat: seconds, exp: seconds + 60 };
    const inner = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256' })
      .sign(new TextEncoder().encode(keys.liteSecret));
    const part = (text: string) => Buffer.from(text).toString('base64url');
    const unsigned = `${part('{"alg":"none"}')}.${part(JSON.stringify(claims))}.`;
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
      'cf-connecting-ip': '6.6.6.6',
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
    expect(text).not.toContain('6.6.6.6');
    expect(text).not.toContain(data.session!.access_token);
    expect(text).not.toContain(home.ctx.keys.publishable);
  });
});

describe('a change of the schema', () => {
  test('shows without a restart', async () => {
    expect((await home.admin.from('later').select()).error).toMatchObject({ code: 'PGRST205' });
    await home.sql.unsafe(
      'set role postgres; create table public.later (id int primary key); grant select on public.later to ' +
        'service_role; reset role',
    );
    await expect.poll(async () => (await home.admin.from('later').select()).error).toBeNull();
    await home.sql.unsafe(`alter table public.later add column word text default 'new'`);
    await home.sql.unsafe('insert into public.later values (1)');
    await expect.poll(async () => (await home.admin.from('later').select('word')).data).toEqual([{ word: 'new' }]);
  });
});
