import type { RpcArgs, RpcResult } from '../contracts/rpc/index.ts';
import type { Persona, TestDatabase } from './database.ts';

export interface Line {
  message: string;
  level?: string | null;
  source?: string;
  stack?: string | null;
  context?: Record<string, unknown> | null;
  occurred_at?: string | null;
  version?: string | null;
  group_id?: number | null;
  title?: string;
  fingerprint_version?: number;
}

/** A batch as the functions hand it over. */
export async function addLines(
  db: TestDatabase,
  lines: (Line | string)[],
  { sender = 'source:1', key = crypto.randomUUID() as string, licenseId = null as string | null } = {},
): Promise<number> {
  const whole = lines.map((line) => ({
    level: 'info',
    source: 'Backend',
    ...(typeof line === 'string' ? { message: line } : line),
  }));
  const [row] = await db.sql<[{ id: string }]>`
    select (private.add_log_lines(${sender}, ${key}, ${db.sql.json(whole as never)}, ${licenseId}, null)).id`;
  return Number(row.id);
}

export async function settle(db: TestDatabase): Promise<number> {
  return (await db.sql<[{ settled: number }]>`select private.settle_logs(60) as settled`)[0].settled;
}

/** Calls as a person does. */
export function asking(db: TestDatabase, persona: Persona) {
  const call = async <T>(name: string, args: Record<string, unknown>): Promise<T> => {
    const entries = Object.entries(args).filter(([, value]) => value !== undefined);
    return db.as(persona, async (sql) => {
      const named = entries.map(([key], index) => `${key} => $${index + 1}`).join(', ');
      const [row] = await sql.unsafe(
        `select public.${name}(${named}) as answer`,
        entries.map(([, value]) => value) as never,
      );
      return row!['answer'] as T;
    });
  };
  const search = (query = '', rest: RpcArgs<'search_logs'> = {}) =>
    call<RpcResult<'search_logs'>>('search_logs', { query, ...rest });
  return {
    call,
    search,
    histogram: (query = '', rest: RpcArgs<'get_log_histogram'> = {}) =>
      call<RpcResult<'get_log_histogram'>>('get_log_histogram', { query, ...rest }),
    follow: (query = '', cursor: string | null = null, most = 500) =>
      call<RpcResult<'follow_logs'>>('follow_logs', { query, cursor, most }),
    /** All lines, page by page. */
    async all(query = '', rest: RpcArgs<'search_logs'> = {}) {
      const rows: RpcResult<'search_logs'>['rows'] = [];
      let cursor: string | null = null;
      do {
        const page: RpcResult<'search_logs'> = await search(query, { page_size: 1_000, ...rest, cursor });
        rows.push(...page.rows);
        cursor = page.next_cursor;
      } while (cursor !== null);
      return rows;
    },
  };
}
