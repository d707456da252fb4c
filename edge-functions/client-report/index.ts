import { connect, masksOf } from '../_shared/database.ts';
import { required } from '../_shared/environment.ts';
import { type Admission, createHandler, type Served } from './handler.ts';

const sql = connect(required('SUPABASE_DB_URL'), 'client-report');

Deno.serve(
  createHandler({
    async receive({ ip, licenseKey, hwid, idempotencyKey, usage, features, lines, answer }) {
      const [row] = await sql<[Served]>`
        select allowed, retry_after_seconds as "retryAfterSeconds", code, message, result
        from private.serve_client_report(${ip}, ${licenseKey}, ${hwid}, ${idempotencyKey}, ${sql.json(usage)},
          ${sql.json(features)}, ${sql.json(lines as never)}, ${sql.json(answer)})`;
      return row;
    },
    async admit(ip) {
      const [row] = await sql<[Admission]>`
        select allowed, retry_after_seconds as "retryAfterSeconds" from private.admit_client_report(${ip}, null)`;
      return row;
    },
    masks: masksOf(sql),
    now: () => new Date(),
  }),
);
