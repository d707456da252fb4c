import { z } from 'zod';
import { count } from '../scalars.ts';

export const attachmentCheckResponse = z.strictObject({
  /** Files whose first bytes were read. */
  checked: count,
  /** Objects removed from Storage. */
  removed: count,
  /** Files that could not be read; their turn comes again. */
  failed: count,
});
export type AttachmentCheckResponse = z.infer<typeof attachmentCheckResponse>;

export const attachmentCheck = {
  auth: 'cron',
  request: z.null(),
  response: attachmentCheckResponse,
  errors: ['unauthorized', 'method_not_allowed'],
} as const;
