import type { Sql, TransactionSql } from 'postgres';
import { ApiError } from '../errors.ts';

/**
 * Runs as `supabase_auth_admin`, as hosted Auth does: a trigger on `auth.users` or a hook that lacks a grant fails
 * here too. An ApiError that is returned (not thrown) commits first, so that a refusal can leave a trace.
 */
export async function transact<T>(sql: Sql, run: (tx: TransactionSql) => Promise<T | ApiError>): Promise<T> {
  const result = await sql.begin(async (tx) => {
    await tx`select set_config('role', 'supabase_auth_admin', true), set_config('search_path', 'auth', true)`;
    return run(tx);
  });
  if (result instanceof ApiError) throw result;
  return result as T;
}

export const isUniqueViolation = (error: unknown) => (error as { code?: string } | null)?.code === '23505';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
export const isUuid = (text: unknown): text is string => typeof text === 'string' && uuid.test(text);
