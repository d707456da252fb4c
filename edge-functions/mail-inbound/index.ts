import { contentTypeOf, createAttachmentStore } from '../_shared/attachments.ts';
import { connect } from '../_shared/database.ts';
import { optional, projectKey, required } from '../_shared/environment.ts';
import { addressOf } from '../_shared/sendgrid.ts';
import { createHandler, type Filed } from './handler.ts';
import { storeFiles } from './store-files.ts';

const sql = connect(required('SUPABASE_DB_URL'), 'mail-inbound');
const supabaseUrl = required('SUPABASE_URL');
const store = createAttachmentStore({
  supabaseUrl,
  publicUrl: optional('SUPABASE_PUBLIC_URL', supabaseUrl),
  secretKey: projectKey('SECRET'),
});
const ownAddresses = [optional('SUPPORT_REPLY_TO', ''), required('MAIL_FROM')]
  .map((own) => addressOf(own))
  .filter(Boolean);

Deno.serve(
  createHandler({
    receive: (mail, raw, files) =>
      sql.begin(async (transaction) => {
        const kept = mail.has_original ? raw : null;
        const [row] = await transaction<[{ filed: Filed }]>`
          select private.receive_ticket_mail(${JSON.stringify(mail)}::text::jsonb, ${kept}) as filed`;
        await storeFiles(row.filed.files ?? [], files, store, async (id, bytes) => {
          const type = await contentTypeOf(bytes);
          await transaction`select private.settle_ticket_attachment(${id}, ${bytes.length}, ${type})`;
        });
        return row.filed;
      }) as Promise<Filed>,
    claimRetries: () => sql<{ id: string; raw: Uint8Array }[]>`select id, raw from private.claim_mail_retries()`,
    settleRetry: (id, mail, files) =>
      sql.begin(async (transaction) => {
        const [row] = await transaction<[{ settled: Pick<Filed, 'files'> }]>`
          select private.settle_mail_retry(${id}, ${JSON.stringify(mail)}::text::jsonb) as settled`;
        await storeFiles(row.settled.files ?? [], files, store, async (file, bytes) => {
          const type = await contentTypeOf(bytes);
          await transaction`select private.settle_ticket_attachment(${file}, ${bytes.length}, ${type})`;
        });
      }) as Promise<void>,
    secrets: required('MAIL_INBOUND_SECRET')
      .split(',')
      .map((secret) => secret.trim())
      .filter(Boolean),
    cronSecret: required('CRON_SECRET'),
    ownAddresses,
  }),
);
