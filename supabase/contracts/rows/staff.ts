import { z } from 'zod';
import { locales, roles, staffActionNames } from '../constants/staff.ts';
import { actions, id, instant } from '../scalars.ts';

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

export const listedStaff = staffRow.extend({ actions: actions(staffActionNames) });
export type ListedStaff = z.infer<typeof listedStaff>;
