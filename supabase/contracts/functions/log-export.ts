import { z } from 'zod';
import { count } from '../scalars.ts';

export const logExportResponse = z.strictObject({
  /** Parts that lie in Storage now. */
  parts: count,
  /** Exports that were finished. */
  done: count,
  /** Exports whose turn comes again, or whose tries are over. */
  failed: count,
  /** Objects removed from Storage. */
  removed: count,
});
export type LogExportResponse = z.infer<typeof logExportResponse>;

/** POST by the schedule; GET is the way of links that link_log_export makes. */
export const logExport = {
  auth: 'cron',
  request: z.null(),
  response: logExportResponse,
  errors: ['unauthorized', 'method_not_allowed', 'log_export_link_gone'],
} as const;
