import type { Sql } from 'postgres';

/** A file that the database dictates. */
export interface Output {
  file: string;
  /** Where it stands; `supabase/contracts` unless told. */
  folder?: string;
  /** The text, not yet formatted, from a migrated database. */
  make(database: { url: string; sql: Sql }): Promise<string>;
}
