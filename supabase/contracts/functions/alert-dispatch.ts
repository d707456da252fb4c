import { z } from 'zod';
import { count } from '../scalars.ts';

const delivered = z.strictObject({ sent: count, retry: count, failed: count });

/** By channel, those that are configured. */
export const alertResponse = z.strictObject({ telegram: delivered.optional(), slack: delivered.optional() });
export type AlertResponse = z.infer<typeof alertResponse>;

export const alertDispatch = {
  auth: 'cron',
  request: z.null(),
  response: alertResponse,
  errors: ['unauthorized', 'method_not_allowed'],
} as const;
