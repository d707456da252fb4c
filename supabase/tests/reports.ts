import type { Persona, TestDatabase } from './database.ts';

export interface RunRow {
  id: string;
  status: string;
  error: string | null;
  is_late: boolean;
  skipped: number;
  due_at: string;
  files: Array<{ format: string; name: string; bytes: number }>;
  deliveries: Array<{ staff_id: string; state: string }>;
}
export interface ScheduleRow {
  id: string;
  updated_at: string;
  next_run_at: string | null;
  next_runs: string[];
  recipients: Array<{ staff_id: string; may_receive: boolean }>;
  last_run: RunRow | null;
}

export const weekly = (recipients: string[], change: object = {}) => ({
  name: 'Lundi',
  template: 'weekly',
  frequency: 'weekly',
  weekday: 1,
  local_time: '09:00',
  time_zone: 'Europe/Paris',
  is_active: true,
  recipients,
  ...change,
});

/** The public functions of reports as a person, and their worker as the function that draws them. */
export function reports(db: TestDatabase, who: () => Persona) {
  const ask = <T>(text: string, values: unknown[], person = who()): Promise<T> =>
    db.as(person, async (sql) => (await sql.unsafe(`select ${text} as answer`, values as never[]))[0]!['answer'] as T);
  return {
    save: (report: object, id: string | null = null, seen: string | null = null, person = who()) =>
      ask<ScheduleRow>(
        'public.save_report_schedule($1::text::jsonb, $2, $3::text::timestamptz)',
        [JSON.stringify(report), id, seen],
        person,
      ),
    preview: (report: object, person = who()) =>
      ask<Record<string, any>>('public.preview_report($1::text::jsonb)', [JSON.stringify(report)], person),
    list: (person = who()) =>
      ask<{ rows: ScheduleRow[]; candidates: Array<{ staff_id: string }> }>(
        'public.list_report_schedules()',
        [],
        person,
      ),
    runs: async (schedule: string, person = who()) =>
      (await ask<{ rows: RunRow[] }>('public.list_report_runs($1)', [schedule], person)).rows,
    send: (schedule: string, person = who()) => ask<RunRow>('public.send_report_now($1)', [schedule], person),
    remove: (schedule: string, person = who()) => ask('public.delete_report_schedule($1)', [schedule], person),
    file: (run: string, format: string, person = who()) =>
      ask<{ name: string; content: string }>('public.get_report_file($1, $2)', [run, format], person),
    /** The schedule is due at a moment that the clock then passes. */
    async dueAt(schedule: string, at: string) {
      await db.sql`update public.report_schedules set next_run_at = ${at} where id = ${schedule}`;
    },
    async clock(moment: string) {
      return (await db.sql`select private.begin_due_reports(${moment}) as begun`)[0]!['begun'] as number;
    },
    async claim() {
      const [row] = await db.sql`select run_id, attempt, snapshot, formats from private.claim_report()`;
      return row as { run_id: string | null; attempt: number; snapshot: Record<string, any>; formats: string[] };
    },
    async keep(run: string, attempt: number) {
      const files = [{ format: 'csv', name: 'r.csv', content_type: 'text/csv', content: 'YTti' }];
      return (await db.sql`select private.keep_report(${run}, ${attempt}, ${db.sql.json(files)}) as next`)[0]![
        'next'
      ] as string;
    },
    async leave(run: string, attempt: number, error = 'no font') {
      await db.sql`select private.leave_report(${run}, ${attempt}, ${error})`;
      await db.sql`update private.report_work set retry_at = now() where run_id = ${run}`;
    },
    mails: (run: string) =>
      db.sql`select recipient, status, data from public.email_outbox
        where template = 'report' and data ->> 'report_run_id' = ${run} order by recipient`,
  };
}
