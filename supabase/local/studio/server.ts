import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join, resolve, sep } from 'node:path';
import { App } from '@supabase/lite';
import { createPostgresConnection } from '@supabase/lite/postgres';
import { Hono } from 'hono';
import type { GatewayContext } from '../gateway/context.ts';
import { type Listener, listen } from '../listen.ts';
import { reconnectSoon } from '../postgres/reconnect.ts';

const types: Record<string, string> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.woff2': 'font/woff2',
  '.ico': 'image/x-icon',
};

/** The names a hosted project keeps for itself; Studio shows the application's schemas. */
const shownSchemas = ['public', 'private'];

export interface Studio {
  url: string;
  stop(): Promise<void>;
}

/**
 * Lite's table editor. As Supabase Studio, it works as the role `postgres`, so it is served on loopback, to pages of
 * its own origin alone.
 */
export async function startStudio(context: Pick<GatewayContext, 'config'>): Promise<Studio> {
  const { config } = context;
  const connection = createPostgresConnection({
    url: config.db.url,
    postgresOptions: { max: 4, idle_timeout: 60, onnotice: () => undefined, ...reconnectSoon },
  });
  // `inactive` keeps lite from switching to an API role, and from granting anything to one.
  (connection as unknown as { rlsState: string }).rlsState = 'inactive';
  const app = new App({
    connection,
    api: { schemas: shownSchemas, max_rows: config.project.maxRows },
    auth: { enabled: false },
    storage: { enabled: false },
    studio: { enabled: true },
    options: { server: { apiKeys: false, admin: true } },
  });
  await app.init();
  const readKey: ReadKey = async (schema, table) => {
    const columns = await connection.driver<{ name: string }[]>`
      select attname as name from pg_index join pg_attribute on attrelid = indrelid and attnum = any (indkey)
      where indrelid = to_regclass(format('%I.%I', ${schema}::text, ${table}::text)) and indisprimary`;
    return columns.map(({ name }) => name);
  };
  const listener: Listener = await listen(studioApp(app, readKey).fetch, config.ports.studio, 'studio');
  return {
    url: listener.url,
    async stop() {
      await listener.stop();
      await connection.close();
    },
  };
}

type ReadKey = (schema: string, table: string) => Promise<string[]>;

function studioApp(app: App, readKey: ReadKey): Hono {
  const assets = join(dirname(createRequire(import.meta.url).resolve('@supabase/lite/dist/manifest.json')), '..');
  const server = new Hono();
  server.use(async (context, next) => {
    const { hostname, origin } = new URL(context.req.url);
    const isLoopback = hostname === '127.0.0.1' || hostname === 'localhost';
    const site = context.req.header('sec-fetch-site');
    const isOwn =
      (context.req.header('origin') ?? origin) === origin &&
      (site === undefined || site === 'same-origin' || site === 'none');
    if (!isLoopback || !isOwn) return context.text('Forbidden', 403);
    await next();
    context.header('content-security-policy', "frame-ancestors 'none'");
    context.header('access-control-allow-origin', undefined);
  });
  server.get('/static/*', (context) => {
    const path = resolve(assets, decodeURIComponent(context.req.path.slice('/static/'.length)));
    const type = types[extname(path)];
    if (!path.startsWith(assets + sep) || !type || !existsSync(path)) return context.notFound();
    return context.body(readFileSync(path), 200, { 'content-type': type, 'cache-control': 'max-age=3600' });
  });
  server.all('*', async (context) => {
    const headers = new Headers(context.req.raw.headers);
    headers.delete('authorization');
    headers.delete('apikey');
    const forward = () => app.fetch(new Request(context.req.raw, { headers }), { peerAddress: '127.0.0.1' });
    const table = /^\/rest\/v1\/(\w+)$/.exec(context.req.path)?.[1];
    if (!table || context.req.method === 'POST') return forward();
    const schema = headers.get(context.req.method === 'GET' ? 'accept-profile' : 'content-profile') ?? 'public';
    const key = await readKey(schema, table);
    if (context.req.method === 'GET') return withRowId(await forward(), key);
    if (key.length === 1) return forward();
    const reason = `The editor finds a row by one key column, and ${schema}.${table} has ${key.length}`;
    const message = `${reason}: change it by SQL`;
    return context.json({ message, code: 'KEY_NOT_SINGLE', details: null, hint: null }, 405);
  });
  return server;
}

/** The editor takes a row's key from its field `id`, whatever the key column is called. */
async function withRowId(response: Response, key: string[]): Promise<Response> {
  const [column] = key;
  if (!response.ok || key.length !== 1 || !column || column === 'id') return response;
  const rows: unknown = await response.json();
  const marked = Array.isArray(rows) ? rows.map((row: Record<string, unknown>) => ({ ...row, id: row[column] })) : rows;
  const headers = new Headers(response.headers);
  headers.delete('content-length');
  return Response.json(marked, { status: response.status, headers });
}
