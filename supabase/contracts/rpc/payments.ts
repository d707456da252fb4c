import { z } from 'zod';
import { paymentFilters, paymentSorts } from '../constants/billing.ts';
import { listedPayment } from '../rows/billing.ts';
import { count, day, id, instant, minor, pageOf, paging, searchText } from '../scalars.ts';

const totals = z.strictObject({
  succeeded_cents: minor,
  refunded_cents: minor,
  failed_cents: minor,
  succeeded_count: count,
  failed_count: count,
});

export const paymentRpc = {
  search_payments: {
    args: z.strictObject({
      query: searchText,
      statuses: z.array(z.enum(paymentFilters)).nullish(),
      /** Included. */
      from_time: instant.nullish(),
      /** Not included. */
      to_time: instant.nullish(),
      license_id: id.nullish(),
      sort: z.enum(paymentSorts).optional(),
      ...paging,
    }),
    result: pageOf(listedPayment).extend({ totals }),
  },
  daily_payments: {
    /** Both days included, 401 at most. */
    args: z.strictObject({ from_day: day, to_day: day, timezone: z.string().optional() }),
    result: z.array(totals.extend({ day })),
  },
} as const;
