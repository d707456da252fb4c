import { createAttachmentStore } from '../_shared/attachments.ts';
import { connect } from '../_shared/database.ts';
import { optional, projectKey, required } from '../_shared/environment.ts';
import { createSendMail } from '../_shared/sendgrid.ts';
import { type ClaimedMail, createHandler } from './handler.ts';
import { templates } from './templates/index.ts';

const from = required('MAIL_FROM');
const sql = connect(required('SUPABASE_DB_URL'), 'mail-dispatch');
const supabaseUrl = required('SUPABASE_URL');
const store = createAttachmentStore({
  supabaseUrl,
  publicUrl: optional('SUPABASE_PUBLIC_URL', supabaseUrl),
  secretKey: projectKey('SECRET'),
});

Deno.serve(
  createHandler({
    claim: (batch) =>
      sql<ClaimedMail[]>`select id, template, locale, recipient, data from private.claim_emails(${batch})`,
    async settle(id, result) {
      const messageId = result.outcome === 'sent' ? result.messageId : null;
      const error = result.outcome === 'sent' ? null : result.error;
      const retryAfter = result.outcome === 'retry' ? result.retryAfterSeconds : null;
      await sql`select private.settle_email(${id}, ${result.outcome}, ${messageId}, ${error}, ${retryAfter})`;
    },
    async files(mail) {
      const drawn = await sql<{ name: string; type: string; bytes: Uint8Array<ArrayBuffer> }[]>`
        select name, content_type as type, content as bytes from private.report_mail_files(${mail})`;
      if (drawn.length > 0) return [...drawn];
      const rows = await sql<{ id: string; name: string; content_type: string }[]>`
        select id, name, content_type from private.mail_files(${mail})`;
      const read = [];
      for (const { id, name, content_type: type } of rows) {
        const bytes = await store.read(id);
        if (!bytes) throw new Error(`the file ${id} is not there`);
        read.push({ name, type, bytes });
      }
      return read;
    },
    send: createSendMail({
      apiBase: required('SENDGRID_API_BASE'),
      apiKey: required('SENDGRID_API_KEY'),
      from,
    }),
    templates,
    from,
    supportReplyTo: optional('SUPPORT_REPLY_TO', ''),
    cronSecret: required('CRON_SECRET'),
    now: () => new Date(),
  }),
);
