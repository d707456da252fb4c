import { parseDate, today } from '@internationalized/date';
import { useQuery } from '@tanstack/vue-query';
import { computed, type Ref } from 'vue';
import type { TicketReportGroup } from '@contracts/constants/tickets.ts';
import type { RpcArgs } from '@contracts/rpc/index.ts';
import { callRpc } from '@/base/api.ts';
import { businessZone } from '@/base/business-zone.ts';
import { ticketKeys } from './queries.ts';
import { NOBODY, type TicketFigures } from './types.ts';

export interface ReportPeriod {
  from: string;
  to: string;
}

/** This month so far, where the business is: what an address without a period means. */
export function thisMonth(): ReportPeriod {
  const day = today(businessZone());
  return { from: day.set({ day: 1 }).toString(), to: day.toString() };
}

/** The last days of a period are still to come, or going on: its figures will change. */
export const isPartial = (to: string): boolean => to >= today(businessZone()).toString();

/** The Sunday of the week that begins on that Monday. */
export const endOfWeek = (monday: string): string => parseDate(monday).add({ days: 6 }).toString();

/** Tickets and broken promises of every week of the period; a week without tickets had none. */
export function weeksOf({ from, to }: ReportPeriod, rows: readonly TicketFigures[]) {
  const known = new Map(rows.map((row) => [row.key, row]));
  const weeks: { monday: string; tickets: number; breaches: number }[] = [];
  const first = parseDate(from);
  // Monday is the first day of a week in France, and of the database's weeks.
  let monday = first.subtract({ days: (first.toDate('UTC').getUTCDay() + 6) % 7 });
  for (; monday.toString() <= to; monday = monday.add({ days: 7 })) {
    const row = known.get(monday.toString());
    weeks.push({
      monday: monday.toString(),
      tickets: row?.tickets.count ?? 0,
      breaches: row?.breaches.count ?? 0,
    });
  }
  return weeks;
}

export const reportArguments = ({ from, to }: ReportPeriod, group: TicketReportGroup) => ({
  from_day: from,
  to_day: to,
  group_by: group,
});

export const useTicketReport = (period: Ref<ReportPeriod>, group: Ref<TicketReportGroup>) =>
  useQuery({
    queryKey: computed(() => [...ticketKeys.all, 'report', period.value, group.value] as const),
    queryFn: ({ signal }) => callRpc('report_tickets', reportArguments(period.value, group.value), signal),
  });

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
