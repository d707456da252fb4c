import { z } from 'zod';
import { count } from '../scalars.ts';

export const reportDispatchResponse = z.strictObject({
  /** Reports that were drawn and mailed. */
  done: count,
  /** Reports whose turn comes again, or whose tries are over. */
  failed: count,
});
export type ReportDispatchResponse = z.infer<typeof reportDispatchResponse>;

export const reportDispatch = {
  auth: 'cron',
  request: z.null(),
  response: reportDispatchResponse,
  errors: ['unauthorized', 'method_not_allowed'],
} as const;
