import postgres from 'postgres';
import type { Staff } from './staff.ts';

export type Sql = postgres.Sql;

/**
 * Functions talk to Postgres directly where one round trip matters. The driver is
 * npm:postgres because deno-postgres is served only by registries that locked-down networks
 * do not reach; nothing outside this file knows which it is.
 */
export function connect(url: string, options: { max?: number } = {}): Sql {
  return postgres(url, {
    max: options.max ?? 10,
    idle_timeout: 60,
    connect_timeout: 10,
    // The driver's own waits double with each refused call, up to 20 seconds.
    backoff: (attempt: number) => Math.min(3 ** attempt / 100, 1),
    onnotice: () => undefined,
  });
}

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
