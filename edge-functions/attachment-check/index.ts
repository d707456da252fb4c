import { createAttachmentStore } from '../_shared/attachments.ts';
import { connect } from '../_shared/database.ts';
import { optional, projectKey, required } from '../_shared/environment.ts';
import { createHandler } from './handler.ts';

const sql = connect(required('SUPABASE_DB_URL'), 'attachment-check');
const supabaseUrl = required('SUPABASE_URL');
const idsOf = (rows: readonly { id: string }[]) => rows.map(({ id }) => id);

Deno.serve(
  createHandler({
    queue: {
      claim: async (batch) =>
        idsOf(await sql<{ id: string }[]>`select id from private.claim_ticket_attachments(${batch})`),
      async settle(id, size, contentType) {
        await sql`select private.settle_ticket_attachment(${id}, ${size}, ${contentType})`;
      },
      removed: async (batch) =>
        idsOf(
          await sql<{ id: string }[]>`
            select id from private.removed_ticket_files order by removed_at limit ${batch}`,
        ),
      async forget(ids) {
        await sql`select private.forget_removed_ticket_files(${sql.array([...ids], 2950)})`;
      },
    },
    store: createAttachmentStore({
      supabaseUrl,
      publicUrl: optional('SUPABASE_PUBLIC_URL', supabaseUrl),
      secretKey: projectKey('SECRET'),
    }),
    cronSecret: required('CRON_SECRET'),
  }),
);
