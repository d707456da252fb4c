import { fromDate } from '@internationalized/date';
import { businessZone } from '@/base/business-zone.ts';

const DAY = 24 * 3_600_000;
export const SOON_DAYS = 7;

export type ExpiryTone = 'past' | 'soon' | 'later';

export function expiryTone(expiresAt: string, now: Date): ExpiryTone {
  const left = new Date(expiresAt).getTime() - now.getTime();
  return left < 0 ? 'past' : left < SOON_DAYS * DAY ? 'soon' : 'later';
}

/** The database extends from the expiry while it lies ahead, from now when it has passed, by days of the calendar. */
export function extendedExpiry(expiresAt: string, days: number, now: Date): Date {
  const start = new Date(Math.max(new Date(expiresAt).getTime(), now.getTime()));
  return fromDate(start, businessZone()).add({ days }).toDate();
}
