import { asStaff, connect } from '../_shared/database.ts';
import { projectKey, required } from '../_shared/environment.ts';
import { createLicenseSigner } from '../_shared/license-signer.ts';
import { createAuthenticate } from '../_shared/staff.ts';
import { createHandler, type Trail } from './handler.ts';

const sql = connect(required('SUPABASE_DB_URL'), 'audit-verify');
const { publicKeys } = await createLicenseSigner(required('AUDIT_SIGNING_KEY'), 'AUDIT_SIGNING_KEY');

Deno.serve(
  createHandler({
    authenticate: createAuthenticate({
      supabaseUrl: required('SUPABASE_URL'),
      publishableKey: projectKey('PUBLISHABLE'),
    }),
    read: (staff, sequences) =>
      asStaff(sql, staff, async (transaction) => {
        const [row] = await transaction<[Trail]>`
          select chain, (select sequence::int from private.audit_head) as head, private.audit_seals() as seals,
            private.audit_hashes(${sequences}::bigint[]) as hashes
          from private.audit_verify() as chain`;
        return row;
      }),
    publicKeys,
    consoleUrl: required('CONSOLE_URL'),
  }),
);
