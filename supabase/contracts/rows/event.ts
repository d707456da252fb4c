import { z } from 'zod';
import { actorKinds } from '../constants/staff.ts';
import { data, id, instant } from '../scalars.ts';

/** What somebody or something did, as the audit trail keeps it; its people are looked up when it is read. */
export const eventRow = z.strictObject({
  id,
  /** Place in the chain; later events have higher ones. */
  sequence: z.int().positive(),
  event_type: z.string(),
  /** What it is about: see subjects.ts. */
  subject_type: z.string().nullable(),
  subject_id: z.string().nullable(),
  customer_id: id.nullable(),
  customer_email: z.string().nullable(),
  license_id: id.nullable(),
  user_id: id.nullable(),
  actor_kind: z.enum(actorKinds),
  /** E-mail of the member of staff, else the kind. */
  actor: z.string(),
  event_data: data,
  /** What was personal can never be opened again. */
  is_forgotten: z.boolean(),
  ip_address: z.string().nullable(),
  user_agent: z.string().nullable(),
  created_at: instant,
  /** Link of the chain, in hexadecimal. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
});
export type EventRow = z.infer<typeof eventRow>;
