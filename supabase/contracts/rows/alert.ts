import { z } from 'zod';
import { alertSeverities } from '../constants/staff.ts';
import { data, id, instant } from '../scalars.ts';

/** What every open console hears of; `data` depends on the kind. */
export const alertRow = z.strictObject({
  id,
  kind: z.string(),
  severity: z.enum(alertSeverities),
  license_id: id.nullable(),
  subscription_id: id.nullable(),
  payment_id: id.nullable(),
  data,
  created_at: instant,
});
export type AlertRow = z.infer<typeof alertRow>;

export const listedAlert = alertRow.extend({ is_read: z.boolean() });
export type ListedAlert = z.infer<typeof listedAlert>;
