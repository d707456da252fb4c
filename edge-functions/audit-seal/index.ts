import { connect } from '../_shared/database.ts';
import { optional, required } from '../_shared/environment.ts';
import { createLicenseSigner } from '../_shared/license-signer.ts';
import { createSendMail } from '../_shared/sendgrid.ts';
import { createHandler, type ToSeal } from './handler.ts';

const sql = connect(required('SUPABASE_DB_URL'), 'audit-seal');

Deno.serve(
  createHandler({
    async toSeal() {
      const [row] = await sql<[{ found: ToSeal }]>`select private.audit_to_seal() as found`;
      return row.found;
    },
    async keep(seal) {
      await sql`select private.keep_audit_seal(${seal})`;
    },
    async reportBroken(sequence, reason) {
      await sql`select private.report_audit_broken(${sequence}, ${reason})`;
    },
    async seals() {
      const rows = await sql<Array<{ seal: string }>>`
        select seal from private.audit_checkpoints
        where closes is not null or id = (select max(id) from private.audit_checkpoints) order by sequence, id`;
      return rows.map(({ seal }) => seal);
    },
    signer: await createLicenseSigner(required('AUDIT_SIGNING_KEY'), 'AUDIT_SIGNING_KEY'),
    send: createSendMail({
      apiBase: required('SENDGRID_API_BASE'),
      apiKey: required('SENDGRID_API_KEY'),
      from: required('MAIL_FROM'),
    }),
    copyTo: optional('AUDIT_COPY_TO', '')
      .split(',')
      .map((address) => address.trim())
      .filter(Boolean),
    cronSecret: required('CRON_SECRET'),
    consoleUrl: required('CONSOLE_URL'),
    now: () => new Date(),
  }),
);
