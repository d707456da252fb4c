import { z } from 'zod';
import { syncKinds } from '../constants/billing.ts';
import { count, data, id, instant } from '../scalars.ts';

/** An event of Stripe in the ledger. */
export const stripeEventRow = z.strictObject({
  id: z.string(),
  type: z.string(),
  object_id: z.string().nullable(),
  status: z.enum(['pending', 'processed', 'ignored', 'failed', 'set_aside']),
  source: z.enum(['webhook', 'sync']),
  attempts: count,
  error: z.string().nullable(),
  next_attempt_at: instant.nullable(),
  stripe_created_at: instant,
  received_at: instant,
  processed_at: instant.nullable(),
  livemode: z.boolean(),
  payload: data,
  /** When all but its identifiers was taken out of the payload. */
  pruned_at: instant.nullable(),
});
export type StripeEventRow = z.infer<typeof stripeEventRow>;

/** A synchronisation with Stripe, waiting, running or over. */
export const stripeSyncRow = z.strictObject({
  id,
  kind: z.enum(syncKinds),
  status: z.enum(['queued', 'running', 'succeeded', 'failed']),
  requested_by: id.nullable(),
  phase: z.string().nullable(),
  page_cursor: z.string().nullable(),
  since: instant.nullable(),
  until: instant.nullable(),
  done_count: count,
  total_count: count.nullable(),
  drift_count: count,
  /** What cannot be mirrored: the run is a partial one. */
  left_out_count: count,
  error: z.string().nullable(),
  attempts: count,
  heartbeat_at: instant,
  started_at: instant.nullable(),
  finished_at: instant.nullable(),
  created_at: instant,
});
export type StripeSyncRow = z.infer<typeof stripeSyncRow>;
