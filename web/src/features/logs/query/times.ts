const SECONDS = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };
const AGO = /^([0-9]{1,6})([smhdw])$/;
const CLOCK = '(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.,][0-9]{1,6})?)?|24:00(?::00)?';
const ZONE = '[Zz]|[+-](?:0[0-9]|1[0-5]):?[0-5][0-9]';
const DAY = new RegExp(`^([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[Tt ](?:${CLOCK})(?:${ZONE})?)?$`);
/** Fifty years, as the database has it. */
const MOST_SECONDS = 1_576_800_000;

/** What private.read_log_time makes of it, but for the instant of a day, which is of the business's zone. */
export type LogTime = { ago: number } | { days_ago: number } | { at?: string };

export function readLogTime(value: string): LogTime | null {
  const ago = AGO.exec(value);
  if (ago) return { ago: Math.min(MOST_SECONDS, Number(ago[1]) * SECONDS[ago[2] as keyof typeof SECONDS]) };
  const word = /^[a-z]+$/i.test(value) ? value.toLowerCase() : '';
  if (word === 'now') return { ago: 0 };
  if (word === 'today' || word === 'yesterday') return { days_ago: word === 'today' ? 0 : 1 };
  const [, year, month, day] = (DAY.exec(value) ?? []).map(Number);
  if (year === undefined || month === undefined || day === undefined || year < 1900) return null;
  if (month < 1 || month > 12 || day < 1 || day > daysOf(year, month)) return null;
  return {};
}

const daysOf = (year: number, month: number) => new Date(Date.UTC(year, month, 0)).getUTCDate();
