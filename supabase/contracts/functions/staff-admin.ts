import { z } from 'zod';
import { roles } from '../constants/staff.ts';
import { staffRow } from '../rows/staff.ts';
import { id } from '../scalars.ts';

const role = z.enum(roles);
// PostgreSQL text holds neither NUL nor half a surrogate pair; nobody's name needs the other control characters.
const text = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .refine((value) => !/[\p{Cc}\p{Surrogate}]/u.test(value), 'must not contain control characters');

export const staffActions = z.discriminatedUnion('action', [
  z.object({
    action: z.literal('invite'),
    email: text(254)
      .toLowerCase()
      .regex(/^[^@\s]+@[^@\s]+\.[^@\s]+$/, 'must be an e-mail address'),
    display_name: text(120),
    role,
  }),
  z.object({ action: z.literal('resend_invitation'), user_id: id }),
  z.object({ action: z.literal('set_role'), user_id: id, role }),
  z.object({ action: z.literal('deactivate'), user_id: id }),
  z.object({ action: z.literal('reactivate'), user_id: id }),
  z.object({ action: z.literal('reset_mfa'), user_id: id }),
]);
export type StaffAction = z.infer<typeof staffActions>;
/** As a caller writes it, without the action's name. */
export type StaffActionFields<Name extends StaffAction['action']> = Omit<
  Extract<StaffAction, { action: Name }>,
  'action'
>;

export const staffAdminResponse = z.strictObject({
  staff: staffRow,
  /** What was mailed: who has opened an invitation and set nothing up gets a link to choose a password instead. */
  mail: z.enum(['invitation', 'recovery']).optional(),
});
export type StaffAdminResponse = z.infer<typeof staffAdminResponse>;

export const staffAdmin = {
  auth: 'staff',
  request: staffActions,
  response: staffAdminResponse,
  errors: [
    'permission_denied',
    'self_forbidden',
    'not_found',
    'email_exists',
    'last_admin',
    'staff_active',
    'staff_inactive',
    'no_second_factor',
    'too_many_requests',
  ],
} as const;
