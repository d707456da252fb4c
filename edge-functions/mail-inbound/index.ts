import { connect } from '../_shared/database.ts';
import { optional, required } from '../_shared/environment.ts';
import { addressOf } from '../_shared/sendgrid.ts';
import { createHandler, type Filed } from './handler.ts';

const sql = connect(required('SUPABASE_DB_URL'));
const ownAddresses = [optional('SUPPORT_REPLY_TO', ''), required('MAIL_FROM')]
  .map((own) => addressOf(own))
  .filter(Boolean);

Deno.serve(
  createHandler({
    async receive(mail, raw) {
      const kept = mail.has_original ? raw : null;
      const [row] = await sql<[{ filed: Filed }]>`
        select private.receive_ticket_mail(${JSON.stringify(mail)}::text::jsonb, ${kept}) as filed`;
      return row.filed;
    },
    claimRetries: () => sql<{ id: string; raw: Uint8Array }[]>`select id, raw from private.claim_mail_retries()`,
    async settleRetry(id, mail) {
      await sql`select private.settle_mail_retry(${id}, ${JSON.stringify(mail)}::text::jsonb)`;
    },
    secret: required('MAIL_INBOUND_SECRET'),
    cronSecret: required('CRON_SECRET'),
    ownAddresses,
  }),
);
