import { z } from 'zod';
import { reportFormats, reportFrequencies, reportTemplates } from '../constants/reports.ts';
import { locales } from '../constants/staff.ts';
import { reportCandidate, reportRun, reportSchedule, reportSnapshot } from '../rows/report.ts';
import { id, instant, pageOf, paging, planCode, text } from '../scalars.ts';

const report = z.strictObject({
  name: text(80).min(1),
  template: z.enum(reportTemplates),
  language: z.enum(locales).optional(),
  frequency: z.enum(reportFrequencies),
  weekday: z.int().min(1).max(7).nullish(),
  month_day: z.int().min(1).max(31).nullish(),
  local_time: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/),
  time_zone: z.string().max(64).optional(),
  plan: planCode.nullish(),
  segment: z.string().max(64).nullish(),
  formats: z.array(z.enum(reportFormats)).min(1).max(3).optional(),
  is_active: z.boolean().optional(),
  recipients: z.array(id).max(50).optional(),
});
export type ReportInput = z.input<typeof report>;

export const reportRpc = {
  list_report_schedules: {
    args: z.strictObject({}),
    result: z.strictObject({ rows: z.array(reportSchedule), candidates: z.array(reportCandidate) }),
  },
  save_report_schedule: {
    args: z.strictObject({ report, schedule_id: id.nullish(), seen_at: instant.nullish() }),
    result: reportSchedule,
  },
  delete_report_schedule: { args: z.strictObject({ schedule_id: id }), result: z.null() },
  preview_report: { args: z.strictObject({ report }), result: reportSnapshot },
  send_report_now: { args: z.strictObject({ schedule_id: id }), result: reportRun },
  list_report_runs: {
    args: z.strictObject({ schedule_id: id.nullish(), page: paging.page, page_size: paging.page_size }),
    result: pageOf(reportRun),
  },
  get_report_file: {
    args: z.strictObject({ run_id: id, format: z.enum(reportFormats) }),
    result: z.strictObject({ name: z.string(), content_type: z.string(), content: z.base64() }),
  },
} as const;
