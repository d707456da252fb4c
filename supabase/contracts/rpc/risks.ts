import { z } from 'zod';
import { riskReasons } from '../constants/risks.ts';
import { metricRow } from '../rows/metric.ts';
import { count, currency, day, id, instant, minor, pageOf, paging, planCode, text } from '../scalars.ts';

const rate = z.number().nullable();
export const riskRow = z.strictObject({
  id,
  license_id: id,
  customer: metricRow.shape.customer,
  plan: planCode,
  mrr_cents: minor,
  currency,
  expires_at: instant,
  /** Gravest first. */
  reasons: z.array(z.enum(riskReasons)),
  score: count,
  /** What each was found by. */
  facts: z.strictObject({
    expires_at: instant.optional(),
    payment_failed_at: instant.optional(),
    last_check_in: instant.optional(),
    errors: count.optional(),
    mean_errors: z.number().optional(),
  }),
  began_at: instant,
  subscription_id: id.nullable(),
  open_ticket: count.nullable(),
  spoken_at: instant.nullable(),
  spoken_by: id.nullable(),
  note: z.string().nullable(),
});

export const riskRpc = {
  list_risks: {
    args: z.strictObject({
      reason: z.enum(riskReasons).nullish(),
      page: paging.page,
      page_size: paging.page_size,
    }),
    result: pageOf(riskRow).extend({ scored_at: instant.nullable() }),
  },
  note_risk_contact: { args: z.strictObject({ risk_id: id, note: text(500).nullish() }), result: riskRow },
  get_risk_quality: {
    args: z.strictObject({ from_day: day.nullish(), to_day: day.nullish() }),
    result: z.strictObject({
      from_day: day,
      to_day: day,
      flagged: count,
      left: count,
      foreseen: count,
      precision: rate,
      recall: rate,
      mean_days_before: rate,
      spoken: count,
      spoken_kept: count,
      reasons: z.array(z.strictObject({ reason: z.enum(riskReasons), flagged: count, left: count })),
    }),
  },
} as const;
