import { Cron } from 'croner';

const second = 1000;

/** When a job runs next after `from`; undefined if never. Schedules are pg_cron's: five UTC fields, or `30 seconds`. */
export function nextRun(schedule: string, from: Date): Date | undefined {
  const interval = /^\s*(\d+)\s+seconds?\s*$/i.exec(schedule)?.[1];
  if (interval) return new Date(from.getTime() + Number(interval) * second);
  if (/^\s*@reboot\s*$/i.test(schedule)) return undefined;
  // pg_cron writes the last day of a month as $.
  const pattern = schedule.trim().replace(/(^|\s)\$(?=\s)/, '$1L');
  return new Cron(pattern, { timezone: 'UTC', paused: true }).nextRun(from) ?? undefined;
}
