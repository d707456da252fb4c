import { createAttachmentStore } from '../_shared/attachments.ts';
import { connect } from '../_shared/database.ts';
import { optional, projectKey, required } from '../_shared/environment.ts';
import { type Admission, createHandler, type Polled, type Received, type Served } from './handler.ts';

const sql = connect(required('SUPABASE_DB_URL'), 'client-ticket');
const supabaseUrl = required('SUPABASE_URL');
const store = createAttachmentStore({
  supabaseUrl,
  publicUrl: optional('SUPABASE_PUBLIC_URL', supabaseUrl),
  secretKey: projectKey('SECRET'),
});

Deno.serve(
  createHandler({
    async receive({ ip, licenseKey, hwid }, request) {
      const [row] = await sql<[Served<Received>]>`
        select allowed, retry_after_seconds as "retryAfterSeconds", code, message, answer
        from private.serve_client_ticket(${ip}, ${licenseKey}, ${hwid}, ${sql.json({ ...request })})`;
      return row;
    },
    async poll({ ip, licenseKey, hwid }, afterMs) {
      const [row] = await sql<[Served<Polled>]>`
        select allowed, retry_after_seconds as "retryAfterSeconds", code, message, answer
        from private.poll_client_tickets(${ip}, ${licenseKey}, ${hwid}, to_timestamp(${afterMs}::float8 / 1000))`;
      return row;
    },
    async admit(ip, isWrite) {
      const [row] = await sql<[Admission]>`
        select allowed, retry_after_seconds as "retryAfterSeconds"
        from private.admit_client_ticket(${ip}, null, ${isWrite})`;
      return row;
    },
    uploadAddress: (id) => store.uploadAddress(id),
    downloadAddresses: (files) => store.downloadAddresses(files),
  }),
);
