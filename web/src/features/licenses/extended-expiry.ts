import { fromDate } from '@internationalized/date';
import { businessZone } from '@/base/business-zone.ts';

/** The database extends from the expiry while it lies ahead, from now when it has passed, by days of the calendar. */
export function extendedExpiry(expiresAt: string, days: number, now: Date): Date {
  const start = new Date(Math.max(new Date(expiresAt).getTime(), now.getTime()));
  return fromDate(start, businessZone()).add({ days }).toDate();
}
