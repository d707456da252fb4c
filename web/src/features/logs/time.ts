import { fromAbsolute, parseDateTime, toZoned } from '@internationalized/date';
import { businessZone } from '@/base/business-zone.ts';
import type { UrlParam } from '@/shared/url-state.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const RANGES = {
  '15m': 15 * MINUTE,
  '1h': HOUR,
  '6h': 6 * HOUR,
  '24h': DAY,
  '7d': 7 * DAY,
  '30d': 30 * DAY,
  '90d': 90 * DAY,
} as const;
export type LogRange = keyof typeof RANGES;
export const RANGE_NAMES = Object.keys(RANGES) as LogRange[];

export const browserZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

function isZone(name: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }));
  } catch {
    return false;
  }
}

/** The zone in which times are shown; in every link, so that it shows the same elsewhere. */
export const zoneParam = (): UrlParam<string> => ({
  initial: '',
  read: (raw) => (raw && isZone(raw) ? raw : ''),
  write: (zone) => zone || undefined,
});

/** The zones one chooses from, each once. */
export const zoneChoices = (current: string): { zone: string; kind: 'browser' | 'business' | 'utc' | 'link' }[] =>
  (
    [
      { zone: browserZone(), kind: 'browser' },
      { zone: businessZone(), kind: 'business' },
      { zone: 'UTC', kind: 'utc' },
      { zone: current, kind: 'link' },
    ] as const
  ).filter(({ zone }, index, all) => zone && all.findIndex((other) => other.zone === zone) === index);

/** An instant, `2026-11-30T08:00:00.000Z`. */
export const instantParam = (): UrlParam<string> => ({
  initial: '',
  read: (raw) =>
    raw && /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:?\d\d)$/.test(raw) && !Number.isNaN(Date.parse(raw))
      ? new Date(raw).toISOString()
      : '',
  write: (instant) => instant || undefined,
});

/** The clock on the wall of a zone, as an input of date and time writes it. */
export const toWall = (instant: string, zone: string): string =>
  instant ? fromAbsolute(Date.parse(instant), zone).toString().slice(0, 19) : '';

/** The instant of a clock on the wall; none for what is no time. */
export function fromWall(wall: string, zone: string): string {
  try {
    return wall ? toZoned(parseDateTime(wall), zone).toDate().toISOString() : '';
  } catch {
    return '';
  }
}

export const zoneOffset = (instant: number, zone: string): number => fromAbsolute(instant, zone).offset;

/** Microseconds since 1970: the database knows time finer than a Date. */
export function microseconds(instant: string): number {
  const fraction = (/\.(\d+)/.exec(instant)?.[1] ?? '').padEnd(6, '0').slice(0, 6);
  return Math.floor(Date.parse(instant) / 1_000) * 1_000_000 + Number(fraction);
}

/** A place in the log, as its cursors are: search_logs goes on after it. */
export const placeOf = ({ at, id }: { at: string; id: number }): string => `${microseconds(at)}_${id}`;

/** A line in the address: its place. */
export const placeParam = (): UrlParam<string> => ({
  initial: '',
  read: (raw) => (raw && /^\d{1,17}_\d{1,15}$/.test(raw) ? raw : ''),
  write: (place) => place || undefined,
});

interface Placed {
  at: string;
  id: number;
}
/** Newest first; lines of one moment in the order of sending, reversed. */
export const byNewest = (a: Placed, b: Placed): number => microseconds(b.at) - microseconds(a.at) || b.id - a.id;

/** One list of two, both newest first; a line that is in both is once. */
export function mergeNewest<Line extends Placed>(known: readonly Line[], more: readonly Line[]): Line[] {
  const merged: Line[] = [];
  let [left, right] = [0, 0];
  while (left < known.length || right < more.length) {
    const [mine, theirs] = [known[left], more[right]];
    const isMine = mine && (!theirs || byNewest(mine, theirs) <= 0);
    const line = isMine ? mine : theirs!;
    if (isMine) left += 1;
    else right += 1;
    if (merged.at(-1)?.id !== line.id) merged.push(line);
  }
  return merged;
}

interface TimeFormatter {
  /** To the millisecond, without the day. */
  time(instant: string | number): string;
  day(instant: string | number): string;
  /** As long as it gets, with its zone. */
  full(instant: string | number): string;
  /** Without seconds. */
  short(instant: string | number): string;
}

const formatters = new Map<string, TimeFormatter>();

export function timeFormatter(locale: string, timeZone: string): TimeFormatter {
  const key = `${locale} ${timeZone}`;
  const known = formatters.get(key);
  if (known) return known;
  const format = (options: Intl.DateTimeFormatOptions) => {
    const made = new Intl.DateTimeFormat(locale, { timeZone, ...options });
    return (instant: string | number) => made.format(new Date(instant));
  };
  const clock = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' } as const;
  const made: TimeFormatter = {
    time: format({ ...clock, fractionalSecondDigits: 3 }),
    day: format({ day: '2-digit', month: '2-digit' }),
    full: format({
      ...clock,
      weekday: 'short',
      day: 'numeric',
      month: 'short',
      year: 'numeric',
      fractionalSecondDigits: 3,
      timeZoneName: 'short',
    }),
    short: format({ day: '2-digit', month: '2-digit', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }),
  };
  formatters.set(key, made);
  return made;
}
