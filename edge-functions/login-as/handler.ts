import { loginAs, type LoginAsResponse } from '../../supabase/contracts/functions/login-as.ts';
import type { Handler } from '../_shared/http.ts';
import { type Authenticate, forStaff, type Staff } from '../_shared/staff.ts';

export interface Dependencies {
  authenticate: Authenticate;
  /** Permission, second factor, existence and audit are the database's. */
  start(staff: Staff, licenseId: string, reason: string): Promise<Omit<LoginAsResponse, 'url'>>;
  consoleUrl: string;
}

/**
 * POST `{license_id, reason}` with an administrator's token at aal2 → `{session_id, token, url, expires_at}`: the
 * address opens the product on his own PC, which redeems the token at client-session. 400 malformed or without a
 * reason, 401 no token, 403 permission_denied, 404 license_not_found, 405, 409 license_revoked, customer_forgotten or
 * customer_is_staff.
 */
export function createHandler({ start, ...frame }: Dependencies): Handler {
  return forStaff(frame, { schema: loginAs.request }, async (staff, { license_id, reason }) => {
    const started = await start(staff, license_id, reason);
    // What stands behind # is sent to no server and into no log of one.
    const answer: LoginAsResponse = { ...started, url: `whatautosys://session#${started.token}` };
    return Response.json(answer, { headers: { 'cache-control': 'no-store' } });
  });
}
