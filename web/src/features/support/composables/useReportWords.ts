import { computed } from 'vue';
import { useI18n } from 'vue-i18n';
import type { TicketReportGroup } from '@contracts/constants/tickets.ts';
import { formatLocale, useFormat } from '@/base/format.ts';
import { endOfWeek, isPartial } from '../report.ts';
import { type TicketFigures, type TicketPriority } from '../types.ts';
import { workingTime } from '../working-time.ts';

/** The rows of a report in words. */
export function useReportWords() {
  const { t, locale } = useI18n();
  const format = useFormat();
  /** Noon falls on the same day wherever the reader is. */
  const day = (value: string) => format.value.date(`${value}T12:00:00Z`);
  return computed(() => ({
    day,
    time: (seconds: number | null) => workingTime(seconds, formatLocale(locale.value), t('shared.none')),
    name({ key, label }: TicketFigures, group: TicketReportGroup): string {
      if (key === null) return t('support.assign.nobody');
      if (group === 'priority') return t(`support.priority.${key as TicketPriority}`);
      return group === 'week' ? t('support.report.week_of', { day: day(key) }) : (label ?? t('support.colleague'));
    },
    isPartial: ({ key }: TicketFigures, group: TicketReportGroup) =>
      group === 'week' && key !== null && isPartial(endOfWeek(key)),
  }));
}
