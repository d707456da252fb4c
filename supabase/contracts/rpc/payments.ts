import { z } from 'zod';
import { paymentFilters, paymentSorts } from '../constants/billing.ts';
import { listedPayment } from '../rows/billing.ts';
import { count, currency, day, id, instant, minor, pageOf, paging, searchText } from '../scalars.ts';

const sums = {
  succeeded_cents: minor,
  refunded_cents: minor,
  /** By disputes. */
  lost_cents: minor,
  failed_cents: minor,
  succeeded_count: count,
  failed_count: count,
};

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
      customer_id: id.nullish(),
      sort: z.enum(paymentSorts).optional(),
      ...paging,
    }),
    result: pageOf(listedPayment).extend({
      totals: z.array(z.strictObject({ currency, ...sums })),
      /** What the totals span: the moments asked for, else the first and the last payment. */
      period: z.strictObject({ from: instant.nullable(), to: instant.nullable() }),
    }),
  },
  daily_payments: {
    /** Both days included, 401 at most. */
    args: z.strictObject({ from_day: day, to_day: day, currency: currency.nullish() }),
    result: z.strictObject({
      time_zone: z.string(),
      currency,
      /** Payments in these are left out. */
      other_currencies: z.array(currency),
      days: z.array(z.strictObject({ day, ...sums })),
    }),
  },
} as const;
