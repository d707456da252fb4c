import { z } from 'zod';
import { locales, roles } from '../constants/staff.ts';
import { listedStaff } from '../rows/staff.ts';
import { id } from '../scalars.ts';

/** The caller; permissions are empty before the second factor. */
export const currentStaff = z.strictObject({
  user_id: id,
  email: z.string(),
  display_name: z.string(),
  role: z.enum(roles),
  locale: z.enum(locales).nullable(),
  is_active: z.boolean(),
  aal: z.enum(['aal1', 'aal2']),
  permissions: z.array(z.string()),
});
export type CurrentStaff = z.infer<typeof currentStaff>;

export const staffRpc = {
  /** Null for who is no staff, or switched off. */
  current_staff: { args: z.strictObject({}), result: currentStaff.nullable() },
  /** Without staff.read one's own row only. */
  list_staff: { args: z.strictObject({}), result: z.array(listedStaff) },
  record_sign_in: { args: z.strictObject({}), result: z.null() },
} as const;
