import {
  type StaffAction,
  staffActions,
  type StaffAdminResponse,
} from '../../supabase/contracts/functions/staff-admin.ts';
import type { StaffRow } from '../../supabase/contracts/rows/staff.ts';
import { ApiError, notFound } from '../_shared/errors.ts';
import type { Handler } from '../_shared/http.ts';
import { type Authenticate, forStaff, type Staff } from '../_shared/staff.ts';
import { type AuthAdmin, emailExists } from './auth-admin.ts';

/** Every method runs as that person: permissions, the last-admin rule and the audit are the database's. */
export interface StaffDirectory {
  requirePermission(staff: Staff, permission: string): Promise<void>;
  findByEmail(staff: Staff, email: string): Promise<StaffRow | null>;
  /** Whom an invitation may be sent again; 409 `staff_inactive` or `email_exists`. */
  invitee(staff: Staff, userId: string): Promise<StaffRow | null>;
  save(staff: Staff, user: { id: string; email: string; displayName: string; role: string }): Promise<StaffRow>;
  change(staff: Staff, userId: string, change: { role?: string; isActive?: boolean }): Promise<StaffRow>;
  resetFactors(staff: Staff, userId: string): Promise<StaffRow>;
}

export interface Dependencies {
  authenticate: Authenticate;
  directory: StaffDirectory;
  authAdmin: AuthAdmin;
  consoleUrl: string;
}

/**
 * POST `{action, …}` with an administrator's token at aal2 → 200 `{staff: row}`, and `mail` when one went out.
 * invite `{email, display_name, role}`; resend_invitation, deactivate, reactivate, reset_mfa `{user_id}`;
 * set_role `{user_id, role}`. 400 invalid_input, 401, 403 permission_denied or self_forbidden,
 * 404 not_found, 409 email_exists, last_admin, staff_active, staff_inactive or no_second_factor, 429.
 */
export function createHandler(dependencies: Dependencies): Handler {
  return forStaff(dependencies, { schema: staffActions }, (staff, input) => act(dependencies, staff, input));
}

async function act(
  { directory, authAdmin }: Dependencies,
  staff: Staff,
  input: StaffAction,
): Promise<StaffAdminResponse> {
  switch (input.action) {
    case 'invite':
      return { staff: await invite(directory, authAdmin, staff, input), mail: 'invitation' };
    case 'resend_invitation': {
      await directory.requirePermission(staff, 'staff.create');
      const row = await directory.invitee(staff, input.user_id);
      if (!row) throw notFound('No such member of staff');
      const mail = await inviteAgain(authAdmin, row);
      const { user_id: id, email, display_name: displayName, role } = row;
      return { staff: await directory.save(staff, { id, email, displayName, role }), mail };
    }
    case 'set_role':
      return { staff: await directory.change(staff, input.user_id, { role: input.role }) };
    case 'deactivate':
      return { staff: await directory.change(staff, input.user_id, { isActive: false }) };
    case 'reactivate':
      return { staff: await directory.change(staff, input.user_id, { isActive: true }) };
    case 'reset_mfa':
      return { staff: await directory.resetFactors(staff, input.user_id) };
  }
}

/** A link that was opened confirmed the address: Auth invites no more, though nobody may have set the account up. */
async function inviteAgain(authAdmin: AuthAdmin, row: StaffRow): Promise<'invitation' | 'recovery'> {
  try {
    await authAdmin.invite(row.email);
    return 'invitation';
  } catch (error) {
    const isConfirmed = error instanceof ApiError && error.code === 'email_exists';
    if (!isConfirmed || (await authAdmin.isSetUp(row.user_id))) throw error;
    await authAdmin.recover(row.email);
    return 'recovery';
  }
}

async function invite(
  directory: StaffDirectory,
  authAdmin: AuthAdmin,
  staff: Staff,
  { email, display_name, role: newRole }: { email: string; display_name: string; role: string },
): Promise<StaffRow> {
  await directory.requirePermission(staff, 'staff.create');
  if (await directory.findByEmail(staff, email)) throw emailExists(`"${email}" is staff already`);
  const user = await authAdmin.invite(email);
  try {
    return await directory.save(staff, { id: user.id, email, displayName: display_name, role: newRole });
  } catch (error) {
    // A user who is in Auth and not in staff could accept an invitation to nothing.
    if (user.isNew) await authAdmin.remove(user.id);
    throw error;
  }
}
