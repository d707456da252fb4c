import { connect } from '../_shared/database.ts';
import { required } from '../_shared/environment.ts';
import { createHandler } from './handler.ts';

const sql = connect(required('SUPABASE_DB_URL'), 'health');

async function appliedHash(): Promise<string | undefined> {
  const [row] = await sql<{ folder_hash: string }[]>`
    select folder_hash from private.applied_migrations order by applied_at desc limit 1`;
  return row?.folder_hash;
}

Deno.serve(
  createHandler({
    ping: () => sql`select 1`,
    appliedHash,
    expectedHash: Deno.env.get('MIGRATIONS_HASH'),
    answersByMail: Boolean(Deno.env.get('SUPPORT_REPLY_TO')),
    now: () => new Date(),
  }),
);
