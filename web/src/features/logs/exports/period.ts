import type { LogQuestion } from '../types.ts';

/** The period of an export in words. */
export function periodOf(
  { from_time, to_time }: Pick<LogQuestion, 'from_time' | 'to_time'>,
  short: (instant: string) => string,
  t: (key: string, named?: Record<string, string>) => string,
): string {
  const [from, to] = [from_time && short(from_time), to_time && short(to_time)];
  if (from && to) return t('logs.period.between', { from, to });
  if (from) return t('logs.period.since', { from });
  return to ? t('logs.period.until', { to }) : t('logs.exports.all_times');
}
