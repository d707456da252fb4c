import { z } from 'zod';
import { actorKinds } from '../constants/staff.ts';
import { data, id, instant } from '../scalars.ts';

/** What somebody or something did, as the audit trail keeps it. */
export const eventRow = z.strictObject({
  id,
  /** Place in the chain; later events have higher ones. */
  sequence: z.int().positive(),
  license_id: id.nullable(),
  user_id: id.nullable(),
  actor_kind: z.enum(actorKinds),
  actor: z.string(),
  event_type: z.string(),
  event_data: data,
  ip_address: z.string().nullable(),
  user_agent: z.string().nullable(),
  created_at: instant,
});
export type EventRow = z.infer<typeof eventRow>;

export const auditRow = eventRow.extend({
  /** Link of the chain, in hexadecimal. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  license_email: z.string().nullable(),
});
export type AuditRow = z.infer<typeof auditRow>;
