import { fromAbsolute } from '@internationalized/date';
import type { RpcResult } from '@contracts/rpc/index.ts';
import { LEVELS } from './types.ts';

type Answer = RpcResult<'get_log_histogram'>;
export type LogCount = Answer['buckets'][number];
export const COUNTED = [...LEVELS, 'none'] as const;

export interface LogHistogram {
  /** The sum of the bars. */
  total: number;
  seconds: number;
  bars: LogCount[];
  /** Down to here everything is counted. */
  countedFrom: string;
}

/** What has been counted so far and what is before it: a bar that was cut in two is one again. */
export function addCounts(known: LogHistogram | undefined, answer: Answer): LogHistogram {
  const bars = new Map(known?.bars.map((bar) => [bar.at, bar]));
  for (const bar of answer.buckets) {
    const one = bars.get(bar.at);
    if (!one) bars.set(bar.at, bar);
    else bars.set(bar.at, { at: bar.at, ...sums(one, bar) });
  }
  return {
    total: (known?.total ?? 0) + answer.total,
    seconds: answer.bucket_seconds,
    bars: [...bars.values()].sort((a, b) => Date.parse(a.at) - Date.parse(b.at)),
    countedFrom: answer.counted_from,
  };
}

const sums = (a: Omit<LogCount, 'at'>, b: Omit<LogCount, 'at'>) => ({
  debug: a.debug + b.debug,
  info: a.info + b.info,
  warning: a.warning + b.warning,
  error: a.error + b.error,
  none: a.none + b.none,
});
export const barTotal = (bar: LogCount): number => COUNTED.reduce((sum, level) => sum + bar[level], 0);

const DAY = 86_400;
const WEEK = 7 * DAY;
const MOST_BARS = 1_000;

/** Where the bar after one begins: days, weeks and months are those of the business, and not all as long. */
export function nextBar(at: number, seconds: number, zone: string): number {
  if (seconds < DAY) return at + seconds * 1_000;
  const step = seconds === DAY ? { days: 1 } : seconds === WEEK ? { weeks: 1 } : { months: 1 };
  return fromAbsolute(at, zone).add(step).toDate().getTime();
}
function barBefore(at: number, seconds: number, zone: string): number {
  if (seconds < DAY) return at - seconds * 1_000;
  const step = seconds === DAY ? { days: 1 } : seconds === WEEK ? { weeks: 1 } : { months: 1 };
  return fromAbsolute(at, zone).subtract(step).toDate().getTime();
}

export interface LogBar extends LogCount {
  begins: number;
  ends: number;
  /** Only a part of it is in the period. */
  isPartial: boolean;
}

/** Every bar of a period, those that hold nothing too; the first and the last may reach out of it. */
export function fillBars({ bars, seconds }: LogHistogram, from: number, to: number, zone: string): LogBar[] {
  const first = bars[0];
  if (!first) return [];
  let begins = Date.parse(first.at);
  while (begins > from && begins > 0) begins = barBefore(begins, seconds, zone);
  const known = new Map(bars.map((bar) => [Date.parse(bar.at), bar]));
  const end = Math.max(to, Date.parse(bars.at(-1)!.at) + 1);
  const filled: LogBar[] = [];
  while (begins < end && filled.length < MOST_BARS) {
    const ends = nextBar(begins, seconds, zone);
    const bar = known.get(begins) ?? { debug: 0, info: 0, warning: 0, error: 0, none: 0 };
    filled.push({ ...bar, at: new Date(begins).toISOString(), begins, ends, isPartial: begins < from || ends > to });
    begins = ends;
  }
  return filled;
}
