import { connect } from '../_shared/database.ts';
import { required } from '../_shared/environment.ts';
import { createHandler } from './handler.ts';
import { createVerifyEvents } from './signature.ts';

const sql = connect(required('SUPABASE_DB_URL'), 'mail-events');
const keys = required('SENDGRID_WEBHOOK_KEY').split(',');

Deno.serve(
  createHandler({
    verify: await createVerifyEvents(keys.map((key) => key.trim())),
    async apply(events) {
      const [row] = await sql<[{ counts: { applied: number; duplicate: number; unknown: number; failed: number } }]>`
        select private.apply_email_events(${JSON.stringify(events)}::text::jsonb) as counts`;
      return row.counts;
    },
    now: () => new Date(),
  }),
);
