import { z } from 'zod';
import { leftOutReasons, metricRowKinds, metrics, metricUnits } from '../constants/metrics.ts';
import { count, currency, day, id, instant, minor } from '../scalars.ts';

/** Minor units, a count, a rate of 1, a ratio or seconds, as the unit says; null where there is none. */
const value = z.number().nullable();
export const point = z.strictObject({ day, value });
export const leftOut = z.strictObject({
  reason: z.enum(leftOutReasons),
  count,
  currency: currency.optional(),
  amount_cents: minor.optional(),
});
export const metricAnswer = z.strictObject({
  metric: z.enum(metrics),
  unit: z.enum(metricUnits),
  /** Each with its first day; partial: it is not over. */
  buckets: z.array(z.strictObject({ day, value, partial: z.boolean() })),
  /** Of the whole period: what stands at its end, what flowed in it. */
  total: value,
  /** The same of as many days before. */
  before: value,
  left_out: z.array(leftOut),
});
export const waterfallStep = z.strictObject({
  day,
  opening_cents: minor,
  new_cents: minor,
  expansion_cents: minor,
  reactivation_cents: minor,
  /** Negative, as churn. */
  contraction_cents: minor,
  churn_cents: minor,
  closing_cents: minor,
  partial: z.boolean(),
});
/** What was counted; which of the members a row has goes by its kind. */
export const metricRow = z.strictObject({
  id,
  at: instant.nullable(),
  customer: z.strictObject({ id, email: z.string(), name: z.string().nullable() }).nullable(),
  kind: z.string().optional(),
  amount_cents: minor.optional(),
  currency: currency.optional(),
  plan: z.string().nullish(),
  reason: z.string().nullish(),
  license_id: id.nullish(),
  subscription_id: id.nullish(),
  stripe_subscription_id: z.string().nullish(),
  livemode: z.boolean().nullish(),
  payment_id: id.optional(),
  stripe_payment_id: z.string().optional(),
  invoice_number: z.string().nullish(),
  due_at: instant.optional(),
  renewed_at: instant.nullish(),
  is_renewed: z.boolean().optional(),
  expires_at: instant.optional(),
  state: z.string().optional(),
  value: z.number().optional(),
  days: count.optional(),
  ticket: count.optional(),
  subject: z.string().optional(),
  status: z.string().optional(),
  priority: z.string().optional(),
  first_response_seconds: z.int().nullish(),
  resolution_seconds: z.int().nullish(),
});
export const metricRows = z.strictObject({
  metric: z.enum(metrics),
  kind: z.enum(metricRowKinds),
  currency,
  from_day: day,
  to_day: day,
  total: count,
  /** Of what the rows add to the figure. */
  sum: z.number().nullable(),
  rows: z.array(metricRow),
});
export const dashboard = z.strictObject({
  as_of: instant,
  currency,
  zone: z.string(),
  from_day: day,
  to_day: day,
  churn_alert_rate: z.number(),
  mrr_cents: minor.nullable(),
  mrr_before_cents: minor.nullable(),
  mrr_series: z.array(point).nullish(),
  churn_rate: value,
  churn_rate_before: value.optional(),
  revenue: z
    .array(
      z.strictObject({
        day,
        partial: z.boolean(),
        mrr_cents: minor,
        new_cents: minor,
        renewal_cents: minor,
        upgrade_cents: minor,
        other_cents: minor,
        refunded_cents: minor,
        lost_cents: minor,
      }),
    )
    .optional(),
  churn: z
    .array(z.strictObject({ day, partial: z.boolean(), rate: value, left: count, paying_before: count }))
    .optional(),
  proof: z.strictObject({ is_proven: z.boolean(), proved_at: instant }).nullish(),
  failed_payments_today: count.optional(),
  active_licenses: count.nullable(),
  total_licenses: count.nullable(),
  in_grace: count.nullish(),
  active_before: count.nullish(),
  active_series: z.array(point).nullish(),
  renewal_rate: value,
  renewal_rate_before: value.optional(),
  due: count.optional(),
  renewed: count.optional(),
  expiring: count.optional(),
  open_tickets: count.nullable(),
  tickets: z.strictObject({ critical: count, high: count, medium: count, low: count, overdue: count }).optional(),
  open_tickets_before: count.optional(),
});
