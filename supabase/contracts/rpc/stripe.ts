import { z } from 'zod';
import { syncKinds } from '../constants/billing.ts';
import { revenueProof, stripeEventRow, stripeSyncRow } from '../rows/stripe.ts';
import { count, instant, reason } from '../scalars.ts';

export const stripeRpc = {
  stripe_health: {
    args: z.strictObject({}),
    result: z.strictObject({
      events: z.strictObject({
        pending: count,
        failed: count,
        processed_24h: count,
        /** Not for us. */
        ignored_24h: count,
        last_received_at: instant.nullable(),
      }),
      last_sync: stripeSyncRow.nullable(),
      /** The last full one that ended, well or not. */
      last_full_attempt: stripeSyncRow.nullable(),
      last_full_sync: stripeSyncRow.nullable(),
      running: stripeSyncRow.nullable(),
      drift_7d: count,
      /** Null before the first event. */
      mode: z.enum(['live', 'test']).nullable(),
      /** The last time the revenue ledger was held against what is paid; null before the first. */
      proof: revenueProof.nullable(),
      /** As the last synchronisation found it; null before the first. */
      account: z
        .strictObject({
          mode: z.enum(['live', 'test']),
          /** The version the console reads. */
          api_version: z.string(),
          endpoint_version: z.string().nullable(),
          endpoint_status: z.string().nullable(),
          missing_types: z.array(z.string()),
          checked_at: instant,
          /** What the other mode has left here. */
          rows_of_other_mode: count,
        })
        .nullable(),
    }),
  },
  set_stripe_event_aside: {
    args: z.strictObject({ event_id: z.string(), reason }),
    result: stripeEventRow,
  },
  retry_stripe_event: { args: z.strictObject({ event_id: z.string() }), result: stripeEventRow },
  start_stripe_sync: { args: z.strictObject({ kind: z.enum(syncKinds) }), result: stripeSyncRow },
} as const;
