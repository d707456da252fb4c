import { fuzzyMatch, type IntrospectResult } from '@supabase/lite';
import { createPostgresConnection, type PostgresConnection } from '@supabase/lite/postgres';
import type { Sql } from 'postgres';
import { reconnectSoon } from '../../postgres/reconnect.ts';
import type { GatewayContext } from '../context.ts';
import { type Queries, takingEmptyRows } from './empty-rows.ts';
import { markJson, serializeJson, type RequestAst } from './json-values.ts';
import { unquotePatterns } from './logic-values.ts';
import { readRoleSettings, type RoleSettings } from './role-settings.ts';
import { requestScope, type PostgresErrorLike } from './scope.ts';

/** Until queries still under way are given up at a stop. */
const closeSeconds = 3;

export interface LiteConnection {
  connection: PostgresConnection;
  /** Forgets the schema; the next request reads it again. */
  reload(): void;
  close(): Promise<void>;
}

export interface ConnectionOptions {
  /** As whom to log in. */
  url: string;
  /** The schemas a request may name. */
  schemas: string[];
  /** Whether database errors are noted in the request scope, for the caller to render, instead of left to lite. */
  catchErrors: boolean;
}

interface RawQuery {
  sql: string;
  parameters: unknown[];
}

interface Transaction {
  executeQuery(query: RawQuery & { query: object; queryId: object }): Promise<unknown>;
}

interface RequestVars {
  auth?: { role?: string; jwt?: unknown };
  storage?: { operation?: string | null };
}

/**
 * Members of lite 0.10.0's connection that are private in its types. The version is pinned; access.test.ts proves
 * them.
 */
interface LiteInternals {
  rlsState: 'unknown' | 'active' | 'inactive';
  applyJwtSessionContext(tx: Transaction, vars: RequestVars): Promise<void>;
  applyRpcRequestGucs(): Promise<void>;
  introspect(): Promise<IntrospectResult>;
  onPostgrestAST(ast: RequestAst): Promise<RequestAst>;
  withContext(vars: unknown, run: (queries: Queries) => unknown, options?: unknown): Promise<unknown>;
}

const poolSize = 10;

/** What JSON names and a number cannot hold has become infinite: written so that PostgreSQL takes it as it was. */
const text = (value: unknown) => {
  if (value === Infinity || value === -Infinity) return value > 0 ? '1e999' : '-1e999';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
};
const json = { parse: (value: string): unknown => JSON.parse(value), serialize: serializeJson };

/** Times as PostgreSQL itself writes them in JSON, which is what PostgREST answers: `2026-01-02T00:00:00+00:00`. */
const isoTime = (value: string) => value.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00');

const types = {
  number: { to: 0, from: [21, 23, 26, 700, 701], serialize: text, parse: Number },
  // The driver's own takes whatever is not `true` for false.
  boolean: { to: 16, from: [16], serialize: text, parse: (value: string) => value === 't' },
  timestamptz: { to: 1184, from: [1184], serialize: text, parse: isoTime },
  timestamp: { to: 1114, from: [1114], serialize: text, parse: isoTime },
  numeric: {
    to: 1700,
    from: [1700],
    serialize: text,
    parse: (value: string) => (value === 'NaN' ? value : Number(value)),
  },
  bytea: { to: 17, from: [17], serialize: text, parse: text },
  json: { ...json, to: 114, from: [114] },
  jsonb: { ...json, to: 3802, from: [3802] },
};

/**
 * lite's PostgreSQL connection, made to behave as the platform's: it grants nothing, sets role, claims, request and
 * role settings in one round trip instead of eight, and sees the wanted schemas only.
 */
export async function createLiteConnection(ctx: GatewayContext, options: ConnectionOptions): Promise<LiteConnection> {
  const { url, schemas, catchErrors } = options;
  const { extraSearchPath } = ctx.config.project;
  const reader = createPostgresConnection({
    url: ctx.config.db.adminUrl,
    postgresOptions: { max: 1, idle_timeout: 20, onnotice: () => {}, ...reconnectSoon },
  });
  const connection = createPostgresConnection({
    url,
    postgresOptions: { max: poolSize, onnotice: () => {}, types, ...reconnectSoon },
  });
  const lite = connection as unknown as LiteInternals;
  const searchPath = [...new Set([...schemas.slice(0, 1), ...extraSearchPath])].map(quoteName).join(', ');
  let roleSettings: Promise<RoleSettings> | undefined;
  const readSettings = () =>
    (roleSettings ??= readRoleSettings(ctx.sql).catch((error: unknown) => {
      roleSettings = undefined;
      throw error;
    }));
  let schema: Promise<IntrospectResult> | undefined;

  // Without this lite runs GRANT ALL in every schema that holds a table with row-level security.
  lite.rlsState = 'active';

  lite.applyJwtSessionContext = async (tx, vars) => {
    const role = vars.auth?.role ?? 'anon';
    const scope = requestScope.getStore();
    const settings = (await readSettings()).get(role) ?? [];
    await run(tx, [
      ['search_path', searchPath],
      ['role', role],
      ['request.jwt.claims', JSON.stringify(vars.auth?.jwt ?? { role })],
      ['request.method', scope?.method ?? ''],
      ['request.path', scope?.path ?? ''],
      ['request.headers', scope?.headers ?? '{}'],
      ['request.cookies', '{}'],
      ['storage.operation', vars.storage?.operation ?? ''],
      ['response.status', ''],
      ['response.headers', ''],
      ...settings,
    ]);
  };
  lite.applyRpcRequestGucs = async () => {};

  lite.introspect = () => {
    const reading = (schema ??= reader.introspect().then((read) => {
      // lite swallows a failed introspection and answers an empty schema; that must not be remembered.
      if (read.tables.length === 0) schema = undefined;
      return onlySchemas(read, schemas);
    }));
    // Nor one that failed aloud.
    reading.catch(() => {
      if (schema === reading) schema = undefined;
    });
    return reading;
  };

  lite.onPostgrestAST = async (ast) => {
    const read = await lite.introspect();
    const isExposed = (item: { name: string; schema?: string }) =>
      item.name === ast.from && item.schema === (ast.schema ?? 'public');
    if (ast.from && !read.tables.some(isExposed) && !read.views.some(isExposed)) throw noteMissingTable(ast, read);
    return markJson(unquotePatterns(ast), read);
  };

  const withContext = lite.withContext.bind(connection);
  if (catchErrors)
    lite.withContext = async (vars, work, options) => {
      const scope = requestScope.getStore();
      if (scope) scope.isUnderstood = true;
      try {
        return await withContext(vars, (queries) => work(takingEmptyRows(queries)), options);
      } catch (error) {
        throw noteDatabaseError(error);
      }
    };

  return {
    connection,
    reload() {
      schema = undefined;
      roleSettings = undefined;
    },
    async close() {
      // The library waits for every query; one whose connection was lost while the database fell never comes back.
      await Promise.all([connection, reader].map(({ driver }) => driver.end({ timeout: closeSeconds })));
    },
  };
}

function run(tx: Transaction, settings: [name: string, value: string][]): Promise<unknown> {
  const calls = settings.map((_, index) => `set_config($${index * 2 + 1}, $${index * 2 + 2}, true)`);
  const statement = `select ${calls.join(', ')}`;
  return tx.executeQuery({ sql: statement, parameters: settings.flat(), query: { kind: 'RawNode' }, queryId: {} });
}

/** What the driver calls a server that is away, starting, or went in the middle. */
const unreachable = /^(?:CONNECTION_(?:CLOSED|DESTROYED|ENDED)|CONNECT_TIMEOUT|ECONNREFUSED|ECONNRESET|EPIPE)$/;

/** lite prints every database error and maps few SQLSTATEs; this message makes it hand over to us in silence. */
function noteDatabaseError(error: unknown): unknown {
  const scope = requestScope.getStore();
  const { name, code = '', message = '' } = (error ?? {}) as { name?: string; code?: string; message?: string };
  // The driver cannot write a number where the parameter is a date or a list; PostgreSQL would say so itself, as it
  // says of a value nested deeper than a list can be.
  const isUnwritable = error instanceof TypeError || error instanceof RangeError || code === 'ERR_INVALID_ARG_TYPE';
  const isTooDeep = code === '54000' && message.startsWith('number of array dimensions');
  const isAway = unreachable.test(code);
  if (!scope || !(name === 'PostgresError' || isUnwritable || isAway)) return error;
  scope.error = isAway
    ? { name: 'PostgresError', code: '08006', message: 'The database cannot be reached' }
    : isUnwritable || isTooDeep
      ? { name: 'PostgresError', code: '22P02', message: 'An argument is not of the type of its parameter' }
      : (error as PostgresErrorLike);
  return new Error('Invalid JSON body: see the request scope', { cause: error });
}

function noteMissingTable(ast: RequestAst, read: IntrospectResult): unknown {
  const schema = ast.schema ?? 'public';
  const known = [...read.tables, ...read.views].filter((item) => item.schema === schema).map((item) => item.name);
  const near = fuzzyMatch(ast.from!, known);
  return noteDatabaseError({
    name: 'PostgresError',
    code: 'PGRST205',
    message: `Could not find the table '${schema}.${ast.from}' in the schema cache`,
    ...(near ? { hint: `Perhaps you meant the table '${schema}.${near}'` } : {}),
  });
}

/** Names are looked up without their schema in places: what is not exposed must not be there to be confused with. */
function onlySchemas(read: IntrospectResult, schemas: string[]): IntrospectResult {
  const isExposed = (item: { schema?: string | null; ref_schema?: string | null }) =>
    schemas.includes(item.schema ?? '') && (!item.ref_schema || schemas.includes(item.ref_schema));
  const lists = [
    'tables',
    'columns',
    'indexes',
    'foreign_keys',
    'primary_keys',
    'views',
    'functions',
    'check_constraints',
    'unique_constraints',
    'comments',
    'partitions',
  ] as const;
  const filtered = lists.map((name) => [name, ((read[name] ?? []) as { schema?: string }[]).filter(isExposed)]);
  return { ...read, ...Object.fromEntries(filtered) };
}

/** Hosted's `authenticator` has a password; the embedded one gets the superuser's, which only this home knows. */
export async function authenticatorUrl(sql: Sql, adminUrl: string): Promise<string> {
  const url = new URL(adminUrl);
  await sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(hashtext('authenticator password'))`;
    const [role] = await tx`select from pg_authid where rolname = 'authenticator' and rolpassword is null`;
    if (!role) return;
    await tx.unsafe(`alter role authenticator password '${decodeURIComponent(url.password).replaceAll("'", "''")}'`);
  });
  url.username = 'authenticator';
  return url.toString();
}

const quoteName = (name: string) => `"${name.replaceAll('"', '""')}"`;
