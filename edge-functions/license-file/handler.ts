import { licenseFile } from '../../supabase/contracts/functions/license-file.ts';
import { methodNotAllowed } from '../_shared/errors.ts';
import { type Handler, readJson, withCors, withErrors } from '../_shared/http.ts';
import type { LicenseSigner } from '../_shared/license-signer.ts';
import type { Authenticate, Staff } from '../_shared/staff.ts';
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
export function createHandler({ authenticate, contents, signer, consoleUrl, now }: Dependencies): Handler {
  return withCors(
    withErrors(async (request) => {
      if (request.method !== 'POST') throw methodNotAllowed(request.method, 'POST');
      const staff = await authenticate(request);
      const { license_id } = await readJson(request, licenseFile.request);
      const file = await createLicenseFile(await contents(staff, license_id), signer, now());
      return new Response(file, {
        headers: {
          'content-type': 'text/plain; charset=utf-8',
          'content-disposition': 'attachment; filename="license.key"',
          'cache-control': 'no-store',
        },
      });
    }),
    consoleUrl,
  );
}
