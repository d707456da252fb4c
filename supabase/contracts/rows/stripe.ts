import { z } from 'zod';
import { movementKinds, restatementReasons, syncKinds } from '../constants/billing.ts';
import { count, currency, data, day, id, instant, minor } from '../scalars.ts';

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

/** Whether all movements of recurring revenue add up to what is paid now. */
export const revenueProof = z.strictObject({
  proved_at: instant,
  is_proven: z.boolean(),
  currencies: z.array(
    z.strictObject({
      currency,
      movements_cents: minor,
      live_cents: minor,
      /** Customers for whom the two differ. */
      customers_off: count,
    }),
  ),
  /** 20 of those customers at most. */
  suspects: z.array(id),
});
export type RevenueProof = z.infer<typeof revenueProof>;

const movementFacts = z.strictObject({
  kind: z.enum(movementKinds),
  customer_id: id,
  amount_cents: minor,
  occurred_at: instant,
});

/** What changed a figure after its day. */
export const restatementRow = z.strictObject({
  id,
  day,
  currency,
  customer_id: id.nullable(),
  movement_id: id,
  /** Null when the movement was added. */
  before: movementFacts.nullable(),
  /** Null when it was taken away. */
  after: movementFacts.nullable(),
  why: z.enum(restatementReasons),
  restated_by: id.nullable(),
  restated_at: instant,
});
export type RestatementRow = z.infer<typeof restatementRow>;
