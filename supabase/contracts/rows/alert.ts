import { z } from 'zod';
import { alertSeverities } from '../constants/staff.ts';
import { data, id, instant } from '../scalars.ts';

/** What every open console hears of; `data` depends on the kind. */
export const alertRow = z.strictObject({
  id,
  kind: z.string(),
  severity: z.enum(alertSeverities),
  /** Who hears of it. */
  permission: z.string(),
  /** What it is about: see subjects.ts. */
  subject_type: z.string().nullable(),
  subject_id: z.string().nullable(),
  customer_id: id.nullable(),
  data,
  created_at: instant,
});
export type AlertRow = z.infer<typeof alertRow>;

export const listedAlert = alertRow.extend({ is_read: z.boolean(), customer_email: z.string().nullable() });
export type ListedAlert = z.infer<typeof listedAlert>;
