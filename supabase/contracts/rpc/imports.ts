import { z } from 'zod';
import { existingRows, importModes, importReasons, licenseLimits } from '../constants/licenses.ts';
import { count, id } from '../scalars.ts';

/** A row as the file has it: what is wrong in it is reported, not refused. */
const importRow = z.record(z.string(), z.unknown());

const rowError = z.strictObject({
  row: z.int(),
  /** A field, or `row` for the row itself. */
  column: z.string(),
  value: z.string().nullable(),
  reason: z.enum(importReasons),
});
export type ImportRowError = z.infer<typeof rowError>;

export const importRpc = {
  import_licenses: {
    args: z.strictObject({
      rows: z.array(importRow).max(licenseLimits.importRows),
      /** SHA-256 of the file's bytes: what makes a repeat harmless. */
      file_hash: z.string().regex(/^[0-9a-f]{64}$/i),
      dry_run: z.boolean().optional(),
      mode: z.enum(importModes).optional(),
      file_name: z.string().max(255).nullish(),
      /** What becomes of rows whose e-mail, HWID and plan have a living licence. */
      existing: z.enum(existingRows).optional(),
    }),
    result: z.strictObject({
      import_id: id.nullable(),
      created: count,
      /** Rows that an earlier call created. */
      skipped: count,
      /** Rows that have a living licence, whatever `existing` asked for. */
      existing: z.array(z.int()),
      errors: z.array(rowError),
    }),
  },
  undo_import: {
    args: z.strictObject({ import_id: id }),
    /** Of this call; what remains wants another. */
    result: z.strictObject({ undone: count, remaining: count }),
  },
} as const;
