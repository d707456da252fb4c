import {
  type StaffAction,
  staffActions,
  type StaffAdminResponse,
} from '../../supabase/contracts/functions/staff-admin.ts';
import type { StaffRow } from '../../supabase/contracts/rows/staff.ts';
import { methodNotAllowed, notFound } from '../_shared/errors.ts';
import { type Handler, readJson, withCors, withErrors } from '../_shared/http.ts';
import type { Authenticate, Staff } from '../_shared/staff.ts';
import { type AuthAdmin, emailExists } from './auth-admin.ts';

/** Every method runs as that person: permissions, the last-admin rule and the audit are the database's. */
export interface StaffDirectory {
  requirePermission(staff: Staff, permission: string): Promise<void>;
  findByEmail(staff: Staff, email: string): Promise<StaffRow | null>;
  find(staff: Staff, userId: string): Promise<StaffRow | null>;
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
 * POST `{action, …}` with an administrator's token at aal2 → 200 `{staff: row}`.
 * invite `{email, display_name, role}`; resend_invitation, deactivate, reactivate, reset_mfa `{user_id}`;
 * set_role `{user_id, role}`. 400 invalid_input, 401, 403 permission_denied or self_forbidden,
 * 404 not_found, 409 email_exists or last_admin, 429.
 */
export function createHandler(dependencies: Dependencies): Handler {
  return withCors(
    withErrors(async (request) => {
      if (request.method !== 'POST') throw methodNotAllowed(request.method, 'POST');
      const staff = await dependencies.authenticate(request);
      const row = await act(dependencies, staff, await readJson(request, staffActions));
      return Response.json({ staff: row } satisfies StaffAdminResponse);
    }),
    dependencies.consoleUrl,
  );
}

async function act({ directory, authAdmin }: Dependencies, staff: Staff, input: StaffAction): Promise<StaffRow> {
  switch (input.action) {
    case 'invite':
      return invite(directory, authAdmin, staff, input);
    case 'resend_invitation': {
      await directory.requirePermission(staff, 'staff.create');
      const row = await directory.find(staff, input.user_id);
      if (!row) throw notFound('No such member of staff');
      await authAdmin.invite(row.email);
      return directory.save(staff, {
        id: row.user_id,
        email: row.email,
        displayName: row.display_name,
        role: row.role,
      });
    }
    case 'set_role':
      return directory.change(staff, input.user_id, { role: input.role });
    case 'deactivate':
      return directory.change(staff, input.user_id, { isActive: false });
    case 'reactivate':
      return directory.change(staff, input.user_id, { isActive: true });
    case 'reset_mfa':
      return directory.resetFactors(staff, input.user_id);
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
