import type { LoginAsResponse } from '../../supabase/contracts/functions/login-as.ts';
import { asStaff, connect } from '../_shared/database.ts';
import { projectKey, required } from '../_shared/environment.ts';
import { createAuthenticate } from '../_shared/staff.ts';
import { createHandler } from './handler.ts';

const sql = connect(required('SUPABASE_DB_URL'), 'login-as');

Deno.serve(
  createHandler({
    authenticate: createAuthenticate({
      supabaseUrl: required('SUPABASE_URL'),
      publishableKey: projectKey('PUBLISHABLE'),
    }),
    start: (staff, licenseId, reason) =>
      asStaff(sql, staff, async (transaction) => {
        const [row] = await transaction<[{ started: Omit<LoginAsResponse, 'url'> }]>`
          select private.start_client_session(${licenseId}, ${reason}) as started`;
        return row.started;
      }),
    consoleUrl: required('CONSOLE_URL'),
  }),
);
