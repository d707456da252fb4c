import { z } from 'zod';
import { featureActivities } from '../constants/usage.ts';
import { count, day, id } from '../scalars.ts';

/** Share of the time over the days reported. */
const uptime = z.number().min(0).max(1);

/** Sums of some days, both included; null where nothing was reported. */
const usageFigures = z.strictObject({
  from_day: day,
  to_day: day,
  reported_days: count,
  messages_sent: count.nullable(),
  ai_queries: count.nullable(),
  campaigns_launched: count.nullable(),
  errors_count: count.nullable(),
  uptime: uptime.nullable(),
});
export type UsageFigures = z.infer<typeof usageFigures>;

export const usageRpc = {
  get_usage: {
    /** Of one licence or of one customer; the last 90 days unless said otherwise. */
    args: z.strictObject({
      license_id: id.nullish(),
      customer_id: id.nullish(),
      from_day: day.nullish(),
      to_day: day.nullish(),
    }),
    result: z.strictObject({
      from_day: day,
      to_day: day,
      /** Where the business is. */
      today: day,
      first_reported_on: day.nullable(),
      last_reported_on: day.nullable(),
      /** The client's own days, and only those it reported. */
      days: z.array(
        z.strictObject({
          day,
          licenses: count,
          messages_sent: count,
          ai_queries: count,
          campaigns_launched: count,
          errors_count: count,
          uptime,
        }),
      ),
      month: usageFigures,
      /** As many days of the month before as this one has had. */
      month_before: usageFigures,
      /** The ones ever used, the most used first. */
      features: z.array(
        z.strictObject({
          feature: z.string(),
          activity: z.enum(featureActivities),
          /** Of the last 30. */
          days_used: count,
          uses: count,
          last_used_on: day,
        }),
      ),
    }),
  },
} as const;
