import { z } from 'zod';
import { count } from '../scalars.ts';

/** `broken`: the chain no longer fits what was signed; nothing more is signed then, and administrators are alerted. */
export const sealResponse = z.strictObject({
  sealed: z.int().nullable(),
  closed: z.array(z.string()),
  broken: z.boolean(),
  mailed: count,
});
export type SealResponse = z.infer<typeof sealResponse>;

export const auditSeal = {
  auth: 'cron',
  request: z.null(),
  response: sealResponse,
  errors: ['unauthorized', 'method_not_allowed'],
} as const;
