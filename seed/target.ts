import { loadConfig } from '@whatautosys/local/config';

/** Where a tool of this folder works: the address given, SUPABASE_DB_URL, or the embedded home. */
export function databaseUrl(given?: string): string {
  return given ?? process.env.SUPABASE_DB_URL ?? loadConfig().db.url;
}

export function apiUrl(given?: string): string {
  return given ?? process.env.SUPABASE_URL ?? loadConfig().urls.api;
}
