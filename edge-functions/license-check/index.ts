import { connect } from '../_shared/database.ts';
import { required } from '../_shared/environment.ts';
import { createLicenseSigner } from '../_shared/license-signer.ts';
import { type Admission, type CheckResult, createHandler } from './handler.ts';

const sql = connect(required('SUPABASE_DB_URL'), 'license-check');

Deno.serve(
  createHandler({
    async check({ ip, licenseKey, hwid, clientVersion, clientOs }) {
      const [row] = await sql<[CheckResult]>`
        select allowed, retry_after_seconds as "retryAfterSeconds", code, license,
          next_check_in_seconds as "nextCheckInSeconds"
        from private.serve_license_check(${ip}, ${licenseKey}, ${hwid}, ${clientVersion}, ${clientOs})`;
      return row;
    },
    async checkSession(ip, session) {
      const [row] = await sql<[CheckResult]>`
        select allowed, retry_after_seconds as "retryAfterSeconds", code, license,
          next_check_in_seconds as "nextCheckInSeconds"
        from private.serve_session_check(${ip}, ${session})`;
      return row;
    },
    async admit(ip) {
      const [row] = await sql<[Admission]>`
        select allowed, retry_after_seconds as "retryAfterSeconds" from private.admit_license_check(${ip}, null)`;
      return row;
    },
    signer: await createLicenseSigner(required('LICENSE_SIGNING_KEY')),
    now: () => new Date(),
  }),
);
