import { z } from 'zod';
import { emailStates } from '../constants/emails.ts';
import { granularities, metrics, metricUnits } from '../constants/metrics.ts';
import { reportFormats, reportFrequencies, reportStates, reportTemplates } from '../constants/reports.ts';
import { riskReasons } from '../constants/risks.ts';
import { locales, roles } from '../constants/staff.ts';
import { count, currency, day, id, instant, minor, planCode } from '../scalars.ts';
import { leftOut, metricAnswer, waterfallStep } from './metric.ts';

const figure = z.strictObject({
  metric: z.enum(metrics),
  unit: z.enum(metricUnits),
  total: z.number().nullable(),
  before: z.number().nullable(),
});

/** All that a report says, of one moment: screen, mail and files are drawn from it alone. */
export const reportSnapshot = z.strictObject({
  name: z.string(),
  template: z.enum(reportTemplates),
  language: z.enum(locales),
  frequency: z.enum(reportFrequencies),
  /** Of the schedule; `zone` is that of the figures' days. */
  time_zone: z.string(),
  due_at: instant,
  filters: z.strictObject({ plan: planCode.optional(), segment: z.string().optional() }),
  as_of: instant,
  currency,
  zone: z.string(),
  from_day: day,
  to_day: day,
  figures: z.array(figure),
  is_empty: z.boolean(),
  is_unchanged: z.boolean(),
  is_late: z.boolean(),
  series: z.strictObject({
    metric: z.enum(metrics),
    unit: z.enum(metricUnits),
    granularity: z.enum(granularities),
    buckets: metricAnswer.shape.buckets,
  }),
  waterfall: z.array(waterfallStep).nullable(),
  alerts: z.array(z.strictObject({ kind: z.string(), severity: z.string(), count })).nullable(),
  /** Named by the end of their key. */
  risks: z
    .array(
      z.strictObject({
        license: z.string(),
        plan: planCode,
        mrr_cents: minor,
        currency,
        expires_at: instant,
        reasons: z.array(z.enum(riskReasons)),
        score: count,
      }),
    )
    .nullable(),
  left_out: z.array(leftOut),
});
export type ReportSnapshot = z.infer<typeof reportSnapshot>;

export const reportRun = z.strictObject({
  id,
  schedule_id: id,
  name: z.string(),
  due_at: instant,
  is_manual: z.boolean(),
  requested_by_name: z.string().nullable(),
  status: z.enum(reportStates),
  error: z.string().nullable(),
  is_late: z.boolean(),
  /** Earlier times it stands for: nothing ran then. */
  skipped: count,
  as_of: instant.nullable(),
  from_day: day.nullable(),
  to_day: day.nullable(),
  started_at: instant.nullable(),
  finished_at: instant.nullable(),
  created_at: instant,
  files: z.array(z.strictObject({ format: z.enum(reportFormats), name: z.string(), bytes: count })),
  deliveries: z.array(
    z.strictObject({ staff_id: id, display_name: z.string(), state: z.enum([...emailStates, 'not_allowed']) }),
  ),
});

export const reportSchedule = z.strictObject({
  id,
  name: z.string(),
  template: z.enum(reportTemplates),
  language: z.enum(locales),
  frequency: z.enum(reportFrequencies),
  /** 1 is Monday. */
  weekday: z.int().min(1).max(7).nullable(),
  month_day: z.int().min(1).max(31).nullable(),
  local_time: z.string(),
  time_zone: z.string(),
  plan: planCode.nullable(),
  segment: z.string().nullable(),
  formats: z.array(z.enum(reportFormats)),
  is_active: z.boolean(),
  next_run_at: instant.nullable(),
  next_runs: z.array(instant),
  updated_at: instant,
  recipients: z.array(z.strictObject({ staff_id: id, display_name: z.string(), may_receive: z.boolean() })),
  last_run: reportRun.nullable(),
});

export const reportCandidate = z.strictObject({ staff_id: id, display_name: z.string(), role: z.enum(roles) });
