import { z } from 'zod';
import { count, id } from '../scalars.ts';

export const syncResponse = z.strictObject({
  /** Events tried again, by what became of them. */
  events: z.record(z.string(), count),
  /** `released` goes on at once, `waiting` when Stripe can be reached, `ended` was ended by somebody else. */
  sync: z.strictObject({ id, status: z.enum(['succeeded', 'released', 'waiting', 'failed', 'ended']) }).nullable(),
  /** Acts of staff without an answer: those whose outcome was found, and those that go on waiting. */
  acts: z.strictObject({ settled: count, unknown: count }),
});
export type SyncResponse = z.infer<typeof syncResponse>;

export const stripeSync = {
  auth: 'cron',
  request: z.null(),
  response: syncResponse,
  errors: ['unauthorized', 'method_not_allowed'],
} as const;
