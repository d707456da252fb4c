import { z } from 'zod';
import { locales, roles } from '../constants/staff.ts';
import { id, instant } from '../scalars.ts';

export const staffRow = z.strictObject({
  user_id: id,
  email: z.string(),
  display_name: z.string(),
  role: z.enum(roles),
  locale: z.enum(locales).nullable(),
  is_active: z.boolean(),
  skills: z.array(z.string()),
  invited_at: instant.nullable(),
  last_sign_in_at: instant.nullable(),
  created_at: instant,
  updated_at: instant,
});
export type StaffRow = z.infer<typeof staffRow>;
