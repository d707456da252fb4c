import { parseDate, today } from '@internationalized/date';
import { businessZone } from '@/base/business-zone.ts';
import type { Period } from './types.ts';

export const PRESETS = ['7', '30', '90'] as const;

/** So many days up to today, where the business is. */
export function lastDays(days: number): Period {
  const end = today(businessZone());
  return { from: end.subtract({ days: days - 1 }).toString(), to: end.toString() };
}

/** What an address asks for: two days, or a preset. An end before its beginning is read the other way round. */
export function periodOf({ days, from, to }: { days: string; from: string; to: string }): Period {
  if (!from && !to) return lastDays(Number(days));
  const end = to || today(businessZone()).toString();
  const start = from || parseDate(end).subtract({ days: 29 }).toString();
  return start <= end ? { from: start, to: end } : { from: end, to: start };
}

/** A month of a bucket, up to the end of the period. */
export function monthOf(day: string, last: string): Period {
  const end = parseDate(day).add({ months: 1 }).subtract({ days: 1 }).toString();
  return { from: day, to: end < last ? end : last };
}
