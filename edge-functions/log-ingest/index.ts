import { connect, masksOf } from '../_shared/database.ts';
import { required } from '../_shared/environment.ts';
import { createHandler, type Served } from './handler.ts';

const sql = connect(required('SUPABASE_DB_URL'), 'log-ingest');

Deno.serve(
  createHandler({
    async receive({ ip, token, idempotencyKey, lines, answer }) {
      const [row] = await sql<[Served]>`
        select allowed, retry_after_seconds as "retryAfterSeconds", code, message, source, result
        from private.serve_log_ingest(${ip}, ${token}, ${idempotencyKey}, ${sql.json(lines as never)},
          ${sql.json(answer)})`;
      return row;
    },
    async identify(ip, token) {
      const [row] = await sql<[Served]>`
        select allowed, retry_after_seconds as "retryAfterSeconds", code, message, source, result
        from private.serve_log_ingest(${ip}, ${token}, null, null, null)`;
      return row;
    },
    masks: masksOf(sql),
    now: () => new Date(),
  }),
);
