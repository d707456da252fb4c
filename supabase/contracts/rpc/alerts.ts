import { z } from 'zod';
import { listedAlert } from '../rows/alert.ts';
import { count, id, instant, partOf } from '../scalars.ts';

export const alertRpc = {
  list_alerts: {
    /** After the place of the last one seen: its `created_at` and `id`. */
    args: z.strictObject({
      before: instant.nullish(),
      before_id: id.nullish(),
      page_size: z.int().min(1).max(200).optional(),
    }),
    result: partOf(listedAlert),
  },
  count_unread_alerts: { args: z.strictObject({}), result: count },
  mark_alerts_read: {
    /** All of the last 30 days when null. */
    args: z.strictObject({ alert_ids: z.array(id).max(1_000).nullish() }),
    /** How many were new. */
    result: count,
  },
} as const;
