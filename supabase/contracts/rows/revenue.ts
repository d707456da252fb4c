import { z } from 'zod';
import { count, currency, instant, minor } from '../scalars.ts';

/** What was paid to date in one currency. */
export const revenueRow = z.strictObject({
  currency,
  /** Paid less refunded and lost. */
  cents: minor,
  succeeded_cents: minor,
  refunded_cents: minor,
  /** By disputes. */
  lost_cents: minor,
  /** The first payment. */
  since: instant,
  /** From it to the end of what is paid for, today at most; one begun counts whole. */
  months: count,
});
export type RevenueRow = z.infer<typeof revenueRow>;
