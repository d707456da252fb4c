import { createAttachmentStore } from '../_shared/attachments.ts';
import { connect } from '../_shared/database.ts';
import { optional, projectKey, required } from '../_shared/environment.ts';
import { type Admission, type Caller, createHandler, type Polled, type Received, type Served } from './handler.ts';

const sql = connect(required('SUPABASE_DB_URL'), 'client-ticket');
const supabaseUrl = required('SUPABASE_URL');
const store = createAttachmentStore({
  supabaseUrl,
  publicUrl: optional('SUPABASE_PUBLIC_URL', supabaseUrl),
  secretKey: projectKey('SECRET'),
});

const credentials = (caller: Caller) =>
  'session' in caller
    ? { licenseKey: null, hwid: null, session: caller.session }
    : { licenseKey: caller.licenseKey, hwid: caller.hwid, session: null };

Deno.serve(
  createHandler({
    async receive(caller, request) {
      const { licenseKey, hwid, session } = credentials(caller);
      const [row] = await sql<[Served<Received>]>`
        select allowed, retry_after_seconds as "retryAfterSeconds", code, message, answer
        from private.serve_client_ticket(${caller.ip}, ${licenseKey}, ${hwid}, ${sql.json({ ...request })},
          ${session})`;
      return row;
    },
    async poll(caller, afterMs) {
      const { licenseKey, hwid, session } = credentials(caller);
      const [row] = await sql<[Served<Polled>]>`
        select allowed, retry_after_seconds as "retryAfterSeconds", code, message, answer
        from private.poll_client_tickets(${caller.ip}, ${licenseKey}, ${hwid},
          to_timestamp(${afterMs}::float8 / 1000), ${session})`;
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
