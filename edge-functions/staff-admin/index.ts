import { asStaff, connect } from '../_shared/database.ts';
import { projectKey, required } from '../_shared/environment.ts';
import { createAuthenticate, type Staff } from '../_shared/staff.ts';
import { createAuthAdmin } from './auth-admin.ts';
import type { StaffRow } from '../../supabase/contracts/rows/staff.ts';
import { createHandler, type StaffDirectory } from './handler.ts';

const sql = connect(required('SUPABASE_DB_URL'), 'staff-admin');
const supabaseUrl = required('SUPABASE_URL');
const consoleUrl = required('CONSOLE_URL');

const row = (staff: Staff, query: (transaction: typeof sql) => Promise<Array<{ row: StaffRow | null }>>) =>
  asStaff(sql, staff, async (transaction) => (await query(transaction as unknown as typeof sql))[0]?.row ?? null);
const saved = async (found: Promise<StaffRow | null>) => (await found)!;

const directory: StaffDirectory = {
  async requirePermission(staff, permission) {
    await asStaff(sql, staff, (transaction) => transaction`select private.require_permission(${permission})`);
  },
  findByEmail: (staff, email) =>
    row(staff, (query) => query`select to_jsonb(staff) as row from public.staff where email = ${email}`),
  invitee: (staff, userId) =>
    row(
      staff,
      (query) =>
        query`select to_jsonb(staff) as row, private.require_staff_action(staff, 'resend_invitation')
          from public.staff where user_id = ${userId}`,
    ),
  save: (staff, user) =>
    saved(
      row(
        staff,
        (query) =>
          query`select private.save_staff(${user.id}, ${user.email}, ${user.displayName}, ${user.role},
            'staff_invited') as row`,
      ),
    ),
  change: (staff, userId, { role, isActive }) =>
    saved(
      row(staff, (query) => query`select private.change_staff(${userId}, ${role ?? null}, ${isActive ?? null}) as row`),
    ),
  resetFactors: (staff, userId) =>
    saved(row(staff, (query) => query`select private.reset_staff_factors(${userId}) as row`)),
};

Deno.serve(
  createHandler({
    authenticate: createAuthenticate({ supabaseUrl, publishableKey: projectKey('PUBLISHABLE') }),
    directory,
    authAdmin: createAuthAdmin({
      supabaseUrl,
      secretKey: projectKey('SECRET'),
      consoleUrl,
      now: () => new Date(),
    }),
    consoleUrl,
  }),
);
