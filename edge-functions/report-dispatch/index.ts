import type { ReportFormat } from '../../supabase/contracts/constants/reports.ts';
import type { ReportSnapshot } from '../../supabase/contracts/rows/report.ts';
import { connect } from '../_shared/database.ts';
import { required } from '../_shared/environment.ts';
import { createHandler } from './handler.ts';

const sql = connect(required('SUPABASE_DB_URL'), 'report-dispatch');

interface Claim {
  id: string;
  attempt: number;
  snapshot: ReportSnapshot;
  formats: ReportFormat[];
}

Deno.serve(
  createHandler({
    queue: {
      async claim() {
        const [row] = await sql<[Claim | { id: null }]>`
          select run_id as id, attempt, snapshot, formats from private.claim_report()`;
        return row.id === null ? null : row;
      },
      async keep(id, attempt, files) {
        const [row] = await sql<[{ next: 'done' | 'failed' | 'over' }]>`
          select private.keep_report(${id}, ${attempt}, ${sql.json(files as never)}) as next`;
        return row.next;
      },
      async leave(id, attempt, error) {
        await sql`select private.leave_report(${id}, ${attempt}, ${error})`;
      },
    },
    cronSecret: required('CRON_SECRET'),
  }),
);
