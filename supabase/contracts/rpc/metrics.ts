import { z } from 'zod';
import { granularities, metrics } from '../constants/metrics.ts';
import { dashboard, metricAnswer, metricRow, metricRows, waterfallStep } from '../rows/metric.ts';
import { count, currency, day, id, instant, minor, paging, planCode } from '../scalars.ts';

/** Both days included, where the business is; the last 30 unless told. */
const period = { from_day: day.nullish(), to_day: day.nullish() };
export const metricFilters = z.strictObject({
  plan: planCode.nullish(),
  /** A name of `segments`, or the key of one of one's own. */
  segment: z.string().max(64).nullish(),
  currency: currency.nullish(),
});
const filters = metricFilters.optional();
const granularity = z.enum(granularities).optional();
const head = {
  as_of: instant,
  currency,
  zone: z.string(),
  from_day: day,
  to_day: day,
  granularity: z.enum(granularities),
};

export const metricRpc = {
  get_dashboard: { args: z.strictObject(period), result: dashboard },
  note_dashboard_visit: {
    args: z.strictObject({}),
    result: z.strictObject({
      since: instant,
      currency,
      licenses_created: count.optional(),
      licenses_revoked: count.optional(),
      payments_failed: count.optional(),
      customers_new: count.optional(),
      customers_churned: count.optional(),
      mrr_delta_cents: minor.optional(),
      tickets_opened: count.optional(),
    }),
  },
  list_recent_activity: {
    args: z.strictObject({ page_size: z.int().min(1).max(50).optional() }),
    result: z.array(
      z.strictObject({
        id: z.int(),
        event_type: z.string(),
        times: count,
        user_id: id.nullable(),
        actor_kind: z.string(),
        first_at: instant,
        last_at: instant,
        subject_type: z.string().nullable(),
        subject_id: z.string().nullable(),
        customer: metricRow.shape.customer,
      }),
    ),
  },
  get_metric: {
    args: z.strictObject({ metric: z.enum(metrics), ...period, granularity, filters }),
    result: metricAnswer.extend(head),
  },
  get_metrics: {
    args: z.strictObject({ metrics: z.array(z.enum(metrics)).min(1).max(50), ...period, granularity, filters }),
    result: z.strictObject({ ...head, metrics: z.array(metricAnswer) }),
  },
  get_mrr_waterfall: {
    args: z.strictObject({ ...period, granularity, filters }),
    result: z.array(waterfallStep),
  },
  get_cohorts: {
    args: z.strictObject({ months: z.int().min(1).max(36).optional(), filters }),
    result: z.array(z.strictObject({ month: day, customers: count, kept: z.array(count), mrr_cents: z.array(minor) })),
  },
  get_plan_figures: {
    args: z.strictObject({ ...period, filters }),
    result: z.strictObject({
      currency,
      zone: z.string(),
      from_day: day,
      to_day: day,
      plans: z.array(
        z.strictObject({
          plan: planCode,
          licenses: count,
          customers: count,
          mrr_cents: minor,
          terms: z.array(z.strictObject({ term: z.string(), mrr_cents: minor })),
        }),
      ),
      moves: z.array(z.strictObject({ from_plan: z.string(), to_plan: z.string(), customers: count })),
    }),
  },
  get_product_figures: {
    args: z.strictObject({ filters }),
    result: z.strictObject({
      active: count,
      reported: count,
      versions: z.array(z.strictObject({ version: z.string().nullable(), licenses: count })),
      features: z.array(z.strictObject({ feature: z.string(), licenses: count, adoption: z.number().nullable() })),
    }),
  },
  get_renewal_forecast: {
    args: z.strictObject({ months: z.int().min(1).max(12).optional(), filters }),
    result: z.strictObject({
      currency,
      zone: z.string(),
      renewal_rate: z.number().nullable(),
      months: z.array(z.strictObject({ day, renewals: count, due_cents: minor, expected_cents: minor.nullable() })),
    }),
  },
  list_metric_rows: {
    args: z.strictObject({
      metric: z.enum(metrics),
      ...period,
      filters,
      page: paging.page,
      page_size: paging.page_size,
    }),
    result: metricRows,
  },
} as const;
