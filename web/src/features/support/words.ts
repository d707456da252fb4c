import type { Tone } from '@/shared/components/StatusBadge.vue';
import type { RpcArgs } from '@contracts/rpc/index.ts';
import { NOBODY, type TicketPriority, type TicketStatus } from './types.ts';

export const statusTones: Record<TicketStatus, Tone> = {
  open: 'warning',
  in_progress: 'info',
  waiting: 'neutral',
  resolved: 'success',
  closed: 'neutral',
};

export const priorityIcons: Record<TicketPriority, string> = {
  low: 'i-lucide-chevron-down',
  medium: 'i-lucide-equal',
  high: 'i-lucide-chevron-up',
  critical: 'i-lucide-siren',
};

/** Where a ticket stands on its page. */
export const ticketPage = (number: number) => ({
  name: 'support',
  query: { folder: 'all', ticket: String(number) },
});

/** The parts of a headline: what was found stands between U+E000 and U+E001. */
export const headlineParts = (headline: string): { text: string; found: boolean }[] =>
  headline
    .split('\uE000')
    .flatMap((part, index) => {
      const [found = '', rest] = index === 0 ? ['', part] : part.split('\uE001');
      return [
        { text: found, found: true },
        { text: rest ?? '', found: false },
      ];
    })
    .filter(({ text }) => text !== '');

/** The desk with exactly the tickets a figure counts. */
export const figurePage = (filter: RpcArgs<'search_tickets'>) => ({
  name: 'support',
  query: Object.fromEntries(
    Object.entries({
      folder: filter.folder,
      status: filter.statuses?.join(','),
      priority: filter.priorities?.join(','),
      assignee: filter.is_assigned === false ? NOBODY : filter.assigned_to,
      from: filter.created_from,
      to: filter.created_to,
      tag: filter.tags?.[0],
      answered: filter.is_answered === true ? 'yes' : undefined,
      breached: filter.breached,
    }).filter((entry): entry is [string, string] => Boolean(entry[1])),
  ),
});

/** Working time to the minute, “26 h 5 min”: a day of work has no length of its own. “—” where nothing was measured. */
export function workingTime(seconds: number | null, locale: string, none: string): string {
  if (seconds === null) return none;
  const unit = (value: number, name: 'hour' | 'minute' | 'second') =>
    new Intl.NumberFormat(locale, { style: 'unit', unit: name, unitDisplay: 'short' }).format(value);
  if (seconds < 60) return unit(seconds, 'second');
  const [hours, minutes] = [Math.floor(Math.round(seconds / 60) / 60), Math.round(seconds / 60) % 60];
  return [hours ? unit(hours, 'hour') : '', minutes ? unit(minutes, 'minute') : ''].filter(Boolean).join(' ');
}
