import { z } from 'zod';
import { logExportFailures, logExportFormats, logExportStates } from '../constants/logs.ts';
import { count, id, instant } from '../scalars.ts';

const logExportRow = z.strictObject({
  id,
  created_by: id,
  created_by_name: z.string(),
  query: z.string(),
  from_time: instant.nullable(),
  to_time: instant.nullable(),
  /** In which the file says times. */
  time_zone: z.string(),
  format: z.enum(logExportFormats),
  state: z.enum(logExportStates),
  /** Written so far. */
  line_count: count,
  byte_count: count,
  part_count: count,
  /** Counted when it was asked for; null when that took long. */
  expected_lines: count.nullable(),
  /** Down to here all lines were looked at. */
  searched_to: instant.nullable(),
  failure: z.enum(logExportFailures).nullable(),
  created_at: instant,
  finished_at: instant.nullable(),
  /** When its file is removed. */
  expires_at: instant.nullable(),
});

const one = z.strictObject({ export_id: id });

export const logExportRpc = {
  export_logs: {
    args: z.strictObject({
      /** The language of private.parse_log_query. */
      query: z.string().max(4_000).nullish(),
      from_time: instant.nullish(),
      to_time: instant.nullish(),
      format: z.enum(logExportFormats).optional(),
      /** The business's when null. */
      time_zone: z.string().nullish(),
    }),
    result: logExportRow,
  },
  /** The newest 100 of the caller, of everybody for administrators. */
  list_log_exports: { args: z.strictObject({}), result: z.strictObject({ rows: z.array(logExportRow) }) },
  cancel_log_export: { args: one, result: logExportRow },
  resume_log_export: { args: one, result: logExportRow },
  remove_log_export: { args: one, result: z.null() },
  /** GET log-export?id=…&token=… until then. */
  link_log_export: { args: one, result: z.strictObject({ token: z.string(), expires_at: instant }) },
};
