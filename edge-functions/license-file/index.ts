import { asStaff, connect } from '../_shared/database.ts';
import { projectKey, required } from '../_shared/environment.ts';
import { createLicenseSigner } from '../_shared/license-signer.ts';
import { createAuthenticate } from '../_shared/staff.ts';
import { createHandler } from './handler.ts';
import type { LicenseFileContents } from './license-file.ts';

const sql = connect(required('SUPABASE_DB_URL'), 'license-file');

Deno.serve(
  createHandler({
    authenticate: createAuthenticate({
      supabaseUrl: required('SUPABASE_URL'),
      publishableKey: projectKey('PUBLISHABLE'),
    }),
    contents: (staff, licenseId) =>
      asStaff(sql, staff, async (transaction) => {
        const [row] = await transaction<[{ contents: LicenseFileContents }]>`
          select private.license_file_contents(${licenseId}) as contents`;
        return row.contents;
      }),
    signer: await createLicenseSigner(required('LICENSE_SIGNING_KEY')),
    consoleUrl: required('CONSOLE_URL'),
    now: () => new Date(),
  }),
);
