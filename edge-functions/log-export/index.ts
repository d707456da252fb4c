import { connect } from '../_shared/database.ts';
import { projectKey, required } from '../_shared/environment.ts';
import { createHandler, type Part } from './handler.ts';
import type { ExportFile } from './serve-file.ts';
import { createPartStore } from './store.ts';

const sql = connect(required('SUPABASE_DB_URL'), 'log-export');

Deno.serve(
  createHandler({
    queue: {
      async claim() {
        const [row] = await sql<[{ id: string | null; run: number }]>`
          select export_id as id, run from private.claim_log_export()`;
        return row.id === null ? null : { id: row.id, run: row.run };
      },
      async write(id, run) {
        const [row] = await sql<[Part | { number: null }]>`
          select number, object, bytes, content from private.write_log_export_part(${id}, ${run})`;
        return row.number === null ? null : row;
      },
      async keep(id, run, number) {
        const [row] = await sql<[{ next: 'more' | 'done' | 'over' }]>`
          select private.keep_log_export_part(${id}, ${run}, ${number}) as next`;
        return row.next;
      },
      async leave(id, run, failure) {
        await sql`select private.leave_log_export(${id}, ${run}, ${failure})`;
      },
      async unwanted() {
        const rows = await sql<{ name: string }[]>`select name from private.unwanted_log_export_objects() as name`;
        return rows.map(({ name }) => name);
      },
    },
    async open(id, token, resumes) {
      const [row] = await sql<[{ file: ExportFile }]>`
        select private.open_log_export(${id}, ${token}, ${resumes}) as file`;
      return row.file;
    },
    store: createPartStore({ supabaseUrl: required('SUPABASE_URL'), secretKey: projectKey('SECRET') }),
    cronSecret: required('CRON_SECRET'),
    now: () => new Date(),
  }),
);
