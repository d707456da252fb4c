import { connect } from '../_shared/database.ts';
import { required } from '../_shared/environment.ts';
import { type Admission, createHandler, type Served } from './handler.ts';

const sql = connect(required('SUPABASE_DB_URL'), 'client-session');

Deno.serve(
  createHandler({
    async redeem({ ip, userAgent, token, hwid }) {
      const [row] = await sql<[Served]>`
        select allowed, retry_after_seconds as "retryAfterSeconds", code, message, answer
        from private.serve_client_session(${ip}, ${userAgent}, ${token}, ${hwid})`;
      return row;
    },
    async admit(ip) {
      const [row] = await sql<[Admission]>`
        select allowed, retry_after_seconds as "retryAfterSeconds" from private.admit_client_session(${ip})`;
      return row;
    },
  }),
);
