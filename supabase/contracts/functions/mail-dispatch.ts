import { z } from 'zod';
import { count } from '../scalars.ts';

/** `uncertain`: nobody knows whether the provider took it; it is never sent twice. */
export const mailResponse = z.strictObject({ sent: count, failed: count, retry: count, uncertain: count });
export type MailResponse = z.infer<typeof mailResponse>;

export const mailDispatch = {
  auth: 'cron',
  request: z.null(),
  response: mailResponse,
  errors: ['unauthorized', 'method_not_allowed'],
} as const;
