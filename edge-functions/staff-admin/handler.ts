import { z } from 'zod';
import { ApiError, methodNotAllowed, notFound } from '../_shared/errors.ts';
import { type Handler, readJson, withCors, withErrors } from '../_shared/http.ts';
import type { Authenticate, Staff } from '../_shared/staff.ts';
import type { AuthAdmin } from './auth-admin.ts';

export interface StaffRow {
  user_id: string;
  email: string;
  display_name: string;
  role: string;
  is_active: boolean;
}

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

const role = z.enum(['admin', 'support', 'viewer']);
const userId = z.uuid();
// PostgreSQL text holds neither NUL nor half a surrogate pair; nobody's name needs the other control characters.
const text = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .refine((value) => !/[\p{Cc}\p{Surrogate}]/u.test(value), 'must not contain control characters');
const schema = z.discriminatedUnion('action', [
  z.object({
    action: z.literal('invite'),
    email: text(254)
      .toLowerCase()
      .regex(/^[^@\s]+@[^@\s]+\.[^@\s]+$/, 'must be an e-mail address'),
    display_name: text(120),
    role,
  }),
  z.object({ action: z.literal('resend_invitation'), user_id: userId }),
  z.object({ action: z.literal('set_role'), user_id: userId, role }),
  z.object({ action: z.literal('deactivate'), user_id: userId }),
  z.object({ action: z.literal('reactivate'), user_id: userId }),
  z.object({ action: z.literal('reset_mfa'), user_id: userId }),
]);

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
      return Response.json({ staff: await act(dependencies, staff, await readJson(request, schema)) });
    }),
    dependencies.consoleUrl,
  );
}

async function act(
  { directory, authAdmin }: Dependencies,
  staff: Staff,
  input: z.infer<typeof schema>,
): Promise<StaffRow> {
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
  if (await directory.findByEmail(staff, email)) throw new ApiError(409, 'email_exists', `"${email}" is staff already`);
  const user = await authAdmin.invite(email);
  try {
    return await directory.save(staff, { id: user.id, email, displayName: display_name, role: newRole });
  } catch (error) {
    // A user who is in Auth and not in staff could accept an invitation to nothing.
    if (user.isNew) await authAdmin.remove(user.id);
    throw error;
  }
}
