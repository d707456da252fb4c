import { z } from 'zod';
import { syncKinds } from '../constants/billing.ts';
import { stripeEventRow, stripeSyncRow } from '../rows/stripe.ts';
import { count, instant } from '../scalars.ts';

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
      last_full_sync: stripeSyncRow.nullable(),
      running: stripeSyncRow.nullable(),
      drift_7d: count,
      /** Null before the first event. */
      mode: z.enum(['live', 'test']).nullable(),
    }),
  },
  retry_stripe_event: { args: z.strictObject({ event_id: z.string() }), result: stripeEventRow },
  start_stripe_sync: { args: z.strictObject({ kind: z.enum(syncKinds) }), result: stripeSyncRow },
} as const;
