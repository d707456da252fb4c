import { licenseFile } from '../../supabase/contracts/functions/license-file.ts';
import type { Handler } from '../_shared/http.ts';
import type { LicenseSigner } from '../_shared/license-signer.ts';
import { type Authenticate, forStaff, type Staff } from '../_shared/staff.ts';
import { createLicenseFile, type LicenseFileContents } from './license-file.ts';

export interface Dependencies {
  authenticate: Authenticate;
  /** Permission, existence and audit are the database's. */
  contents(staff: Staff, licenseId: string): Promise<LicenseFileContents>;
  signer: LicenseSigner;
  consoleUrl: string;
  now(): Date;
}

/**
 * POST `{license_id}` with a staff token at aal2 → the licence's `license.key` as text.
 * 400 malformed, 401 no token, 403 permission_denied, 404 license_not_found, 409 license_revoked,
 * license_suspended or license_expired.
 */
export function createHandler({ contents, signer, now, ...frame }: Dependencies): Handler {
  return forStaff(frame, { schema: licenseFile.request }, async (staff, { license_id }) => {
    const file = await createLicenseFile(await contents(staff, license_id), signer, now());
    return new Response(file, {
      headers: {
        'content-type': 'text/plain; charset=utf-8',
        'content-disposition': 'attachment; filename="license.key"',
        'cache-control': 'no-store',
      },
    });
  });
}
