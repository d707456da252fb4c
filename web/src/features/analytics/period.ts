import { parseDate, today } from '@internationalized/date';
import { businessZone } from '@/base/business-zone.ts';
import type { Granularity, Period } from './types.ts';

export const PRESETS = ['7', '30', '90'] as const;
export const LONG_PRESETS = ['7', '30', '90', '365'] as const;

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

export const daysOf = ({ from, to }: Period): number => parseDate(to).compare(parseDate(from)) + 1;

/** As many days before. */
export function before({ from, to }: Period): Period {
  const end = parseDate(from).subtract({ days: 1 });
  return { from: end.subtract({ days: daysOf({ from, to }) - 1 }).toString(), to: end.toString() };
}

const FEWEST: Record<Granularity, number> = { day: 1, week: 14, month: 32, quarter: 120, year: 500 };
const MOST: Record<Granularity, number> = { day: 120, week: 800, month: 1831, quarter: 1831, year: 1831 };
export const GRANULARITIES = ['day', 'week', 'month', 'quarter', 'year'] as const;

/** The buckets a period can be read in: neither one alone nor hundreds. */
export function granularitiesFor(period: Period): Granularity[] {
  const days = daysOf(period);
  return GRANULARITIES.filter((each) => days >= FEWEST[each] && days <= MOST[each]);
}

/** The one it begins with. */
export function usualGranularity(period: Period): Granularity {
  const days = daysOf(period);
  if (days <= 45) return 'day';
  return days <= 200 ? 'week' : 'month';
}

/** The days of a bucket, cut to the period. */
export function bucketOf(day: string, granularity: Granularity, { from, to }: Period): Period {
  const start = parseDate(day);
  const whole = {
    day: start,
    week: start.add({ days: 6 - ((start.toDate('UTC').getUTCDay() + 6) % 7) }),
    month: start.set({ day: 1 }).add({ months: 1 }).subtract({ days: 1 }),
    quarter: start
      .set({ day: 1, month: Math.floor((start.month - 1) / 3) * 3 + 1 })
      .add({ months: 3 })
      .subtract({ days: 1 }),
    year: start.set({ month: 12, day: 31 }),
  }[granularity].toString();
  return { from: day < from ? from : day, to: whole < to ? whole : to };
}
