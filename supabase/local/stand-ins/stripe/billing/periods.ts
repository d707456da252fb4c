import type { Interval } from '../objects/catalogue.ts';

const seconds: Partial<Record<Interval, number>> = { day: 86_400, week: 604_800 };

/** Months keep the anchor's day, or the last one of a shorter month. UTC, as Stripe counts. */
export function addMonths(anchor: number, months: number): number {
  const date = new Date(anchor * 1000);
  const first = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1));
  const lastDay = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  first.setUTCDate(Math.min(date.getUTCDate(), lastDay));
  return first.getTime() / 1000 + (anchor % 86_400);
}

export function addIntervals(anchor: number, interval: Interval, count: number): number {
  const fixed = seconds[interval];
  if (fixed !== undefined) return anchor + fixed * count;
  return addMonths(anchor, interval === 'year' ? 12 * count : count);
}

/** The first end of a period after `start`, counted from the anchor so that a 31st stays a 31st. */
export function periodEnd(
  anchor: number,
  start: number,
  { interval, interval_count }: { interval: Interval; interval_count: number },
): number {
  const length = addIntervals(anchor, interval, interval_count) - anchor;
  let periods = Math.max(1, Math.floor((start - anchor) / length) - 1);
  let end = addIntervals(anchor, interval, interval_count * periods);
  while (end <= start) end = addIntervals(anchor, interval, interval_count * ++periods);
  return end;
}
