import type { TicketAttachment } from '../../supabase/contracts/rows/ticket.ts';
import { createAttachmentStore } from '../_shared/attachments.ts';
import { asStaff, connect } from '../_shared/database.ts';
import { optional, projectKey, required } from '../_shared/environment.ts';
import { createAuthenticate } from '../_shared/staff.ts';
import { createHandler } from './handler.ts';

const sql = connect(required('SUPABASE_DB_URL'), 'ticket-attachments');
const supabaseUrl = required('SUPABASE_URL');
const uuids = 2950;

Deno.serve(
  createHandler({
    authenticate: createAuthenticate({ supabaseUrl, publishableKey: projectKey('PUBLISHABLE') }),
    directory: {
      prepare: (staff, ticketNumber, kind, files) =>
        asStaff(sql, staff, async (transaction) => {
          const [row] = await transaction<[{ files: TicketAttachment[] }]>`
            select private.prepare_ticket_attachments(${ticketNumber}, ${kind}, ${sql.json([...files])}) as files`;
          return row.files;
        }),
      readable: (staff, ids) =>
        asStaff(sql, staff, async (transaction) => {
          const rows = await transaction<{ file: TicketAttachment }[]>`
            select private.ticket_file(found) as file
            from private.readable_ticket_attachments(${sql.array([...ids], uuids)}) as found`;
          return rows.map(({ file }) => file);
        }),
      async settle(id, size, contentType) {
        await sql`select private.settle_ticket_attachment(${id}, ${size}, ${contentType})`;
      },
    },
    store: createAttachmentStore({
      supabaseUrl,
      publicUrl: optional('SUPABASE_PUBLIC_URL', supabaseUrl),
      secretKey: projectKey('SECRET'),
    }),
    consoleUrl: required('CONSOLE_URL'),
  }),
);
