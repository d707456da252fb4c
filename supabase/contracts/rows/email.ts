import { z } from 'zod';
import { emailStates } from '../constants/emails.ts';
import { locales } from '../constants/staff.ts';
import { id, instant } from '../scalars.ts';

/** A mail to a customer, as lists show it. */
export const emailRow = z.strictObject({
  id,
  template: z.string(),
  locale: z.enum(locales),
  state: z.enum(emailStates),
  /** When the state was reached. */
  at: instant,
  /** What the other side said, or why it did not leave; null without emails.read. */
  reason: z.string().nullable(),
  /** Masked without emails.read; null once its customer was forgotten. */
  recipient: z.string().nullable(),
  created_at: instant,
  license_id: id.nullable(),
  license_key_hint: z.string().nullable(),
});
export type EmailRow = z.infer<typeof emailRow>;
