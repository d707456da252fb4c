import { createHash, randomUUID } from 'node:crypto';
import type { Persona, TestDatabase } from './database.ts';

export interface ImportResult {
  import_id: string | null;
  created: number;
  skipped: number;
  existing: number[];
  errors: Array<{ row: number; column: string; value: string | null; reason: string }>;
}

export interface ImportOptions {
  dryRun?: boolean;
  mode?: string;
  name?: string;
  existing?: string;
}

export const newFile = () => createHash('sha256').update(randomUUID()).digest('hex');

/** A row of a file that may be imported as it is. */
export const good = (row: number, overrides: object = {}) => ({
  row,
  email: `c${row}-${randomUUID()}@example.com`,
  hwid: `HWID-${row}-${randomUUID()}`,
  plan: 'premium',
  ...overrides,
});

export async function runImport(
  db: TestDatabase,
  persona: Persona,
  rows: unknown,
  file: string | null,
  { dryRun = false, mode = 'all_or_nothing', name, existing = 'skip' }: ImportOptions = {},
): Promise<ImportResult> {
  const [row] = await db.as(
    persona,
    (sql) => sql`select public.import_licenses(${JSON.stringify(rows)}::text::jsonb, ${file}, ${dryRun}, ${mode},
      ${name ?? null}, ${existing}) as result`,
  );
  return row!.result as ImportResult;
}
