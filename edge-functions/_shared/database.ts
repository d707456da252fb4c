import postgres from 'postgres';
import { optional } from './environment.ts';
import { keepOwnLines } from './log.ts';
import { cachedMasks } from './logs/batch.ts';
import type { MaskRule, Masks } from './logs/masks.ts';
import { createOwnLines } from './logs/own-lines.ts';
import { waitUntil } from './runtime.ts';
import type { Staff } from './staff.ts';

export type Sql = postgres.Sql;

/** Hosted runs many isolates of a function, each with a pool of its own; a database has some sixty connections. */
const connectionsPerIsolate = 2;

/** Supabase's poolers listen here in transaction mode, in which a prepared statement is gone with its transaction. */
const transactionPoolerPort = '6543';

/** `poolMode` names the mode of a pooler at another port; anything but the two modes is refused at boot. */
export function poolOptions(url: string, poolMode: string): { max: number; prepare: boolean } {
  if (!['', 'transaction', 'session'].includes(poolMode))
    throw new Error(`DATABASE_POOL_MODE must be "transaction", "session" or empty, got "${poolMode}"`);
  const isTransaction = poolMode ? poolMode === 'transaction' : new URL(url).port === transactionPoolerPort;
  return { max: connectionsPerIsolate, prepare: !isTransaction };
}

/**
 * Functions talk to Postgres directly where one round trip matters. The driver is
 * npm:postgres because deno-postgres is served only by registries that locked-down networks
 * do not reach; nothing outside this file knows which it is. What the function then says of errors is kept in the log.
 */
export function connect(url: string, functionName: string): Sql {
  const sql = postgres(url, {
    ...poolOptions(url, optional('DATABASE_POOL_MODE', '')),
    // What pg_stat_activity shows.
    connection: { application_name: functionName },
    idle_timeout: 60,
    connect_timeout: 10,
    // The driver's own waits double with each refused call, up to 20 seconds.
    backoff: (attempt: number) => Math.min(3 ** attempt / 100, 1),
    onnotice: () => undefined,
  });
  keepOwnLines(
    createOwnLines({
      name: functionName,
      masks: masksOf(sql),
      async write(key, lines) {
        await sql`select private.add_log_lines(${`function:${functionName}`}, ${key}, ${sql.json(lines as never)}, null,
          null)`;
      },
      later: (work, milliseconds) =>
        waitUntil(new Promise((resolve) => setTimeout(resolve, milliseconds)).then(() => work())),
    }),
  );
  return sql;
}

/** The rules by which lines of the log are masked, read again each minute. */
export const masksOf = (sql: Sql): (() => Promise<Masks>) =>
  cachedMasks(
    () => sql<MaskRule[]>`select name, pattern, replacement, applies_to, test from private.log_masks
      order by position, name`,
  );

/** Runs `work` in a transaction in which the database sees that person: his claims, address and browser. */
export function asStaff<T>(
  sql: Sql,
  staff: Staff,
  work: (transaction: postgres.TransactionSql) => Promise<T>,
): Promise<T> {
  return sql.begin(async (transaction) => {
    const headers = { 'x-forwarded-for': staff.ip, 'user-agent': staff.userAgent };
    await transaction`select set_config('request.jwt.claims', ${JSON.stringify(staff.claims)}, true),
      set_config('request.headers', ${JSON.stringify(headers)}, true)`;
    return work(transaction);
  }) as Promise<T>;
}

/** SQLSTATE class 22, or a statement too complex: values jsonb cannot hold, such as NUL or a thousand levels. */
export const isDataError = (error: unknown) =>
  error instanceof Error && 'code' in error && /^(22|54)/.test(String(error.code));
