import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HomeConfig } from '../config.ts';
import { useTestCluster, type TestCluster } from '../postgres/testing.ts';
import { startStudio, type Studio } from './server.ts';

let cluster: TestCluster;
let sql: postgres.Sql;
let studio: Studio;

beforeAll(async () => {
  cluster = useTestCluster();
  const { url, adminUrl } = await cluster.createDatabase('bootstrapped');
  sql = postgres(url, { max: 1, onnotice: () => undefined });
  await sql.unsafe(`
    create table public.shelves (code text primary key, label text);
    create table public.pairs (left_id integer, right_id integer, note text, primary key (left_id, right_id));
    alter table public.shelves enable row level security;
    insert into public.shelves values ('a', 'Ana''s'), ('b', 'Bo''s');
    insert into public.pairs values (1, 1, 'x'), (1, 2, 'y')`);
  const config = { db: { url, adminUrl }, ports: { studio: 0 }, project: { maxRows: 1000 } } as unknown as HomeConfig;
  studio = await startStudio({ config });
}, 60_000);

afterAll(async () => {
  await studio?.stop();
  await sql?.end();
  await cluster?.stop();
});

const call = (path: string, init?: RequestInit) => fetch(`${studio.url}${path}`, init);

test('serves the editor and its files, and no others', async () => {
  const page = await (await call('/')).text();
  const script = /src="(\/static\/assets\/[^"]+\.js)"/.exec(page)?.[1] ?? '';
  expect((await call(script)).headers.get('content-type')).toContain('text/javascript');
  expect((await call('/static/..%2f..%2fpackage.json')).status).toBe(404);
  expect((await call('/static/assets/missing.js')).status).toBe(404);
});

describe('rows', () => {
  test('are read past row-level security, with the key repeated as id', async () => {
    expect(await (await call('/rest/v1/shelves?select=*&order=code')).json()).toEqual([
      { code: 'a', label: "Ana's", id: 'a' },
      { code: 'b', label: "Bo's", id: 'b' },
    ]);
  });

  test('are changed, added and deleted', async () => {
    const json = { 'content-type': 'application/json' };
    await call('/rest/v1/shelves?code=eq.a', { method: 'PATCH', headers: json, body: '{"label": "new"}' });
    await call('/rest/v1/shelves', { method: 'POST', headers: json, body: '{"code": "c", "label": "more"}' });
    await call('/rest/v1/shelves?code=in.(b)', { method: 'DELETE' });
    expect([...(await sql`select * from public.shelves order by code`)]).toEqual([
      { code: 'a', label: 'new' },
      { code: 'c', label: 'more' },
    ]);
  });

  test('of a table with a key of two columns are not changed by one of them', async () => {
    const answer = await call('/rest/v1/pairs?left_id=eq.1', {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: '{"note": "z"}',
    });
    expect([answer.status, await answer.json()]).toMatchObject([405, { code: 'KEY_NOT_SINGLE' }]);
    expect(await sql`select from public.pairs where note = 'z'`).toHaveLength(0);
  });
});

describe('a page of another site is refused', () => {
  test.each([
    ['by origin', { origin: 'http://evil.test' }],
    ['by fetch metadata', { 'sec-fetch-site': 'cross-site' }],
  ])('%s', async (_, headers) => {
    const answer = await call('/rest/v1/shelves?select=*', { headers: headers as unknown as Record<string, string> });
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([403, null]);
  });
});

test('nothing is granted to the API roles by reading', async () => {
  const [grants] = await sql`select has_table_privilege('anon', 'public.shelves', 'select') as anon,
      has_table_privilege('service_role', 'public.shelves', 'select') as service`;
  expect(grants).toEqual({ anon: false, service: false });
});
