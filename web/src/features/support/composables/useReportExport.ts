import { computed, type Ref } from 'vue';
import { useI18n } from 'vue-i18n';
import type { TicketReportGroup } from '@contracts/constants/tickets.ts';
import { callRpc } from '@/base/api.ts';
import type { ExportRequest } from '@/shared/export/export.ts';
import { reportArguments, type ReportPeriod } from '../report.ts';
import type { TicketFigures } from '../types.ts';
import { useReportWords } from './useReportWords.ts';

const minutes = (seconds: number | null) => (seconds === null ? null : Math.round(seconds / 60));

/** The rows of a report; what was not measured is an empty cell. */
export function useReportExport(period: Ref<ReportPeriod>, group: Ref<TicketReportGroup>) {
  const { t } = useI18n();
  const words = useReportWords();
  return computed<Omit<ExportRequest<TicketFigures>, 'format' | 'onProgress' | 'signal'>>(() => {
    const asked = reportArguments(period.value, group.value);
    const header = (key: string) => t(`support.report.column.${key}`);
    const time = (key: string) => t('support.report.in_minutes', { figure: header(key) });
    return {
      subject: 'ticket_report',
      fileName: `support-${asked.from_day}-${asked.to_day}`,
      filters: asked,
      fetchPage: async () => {
        const { rows } = await callRpc('report_tickets', asked);
        return { rows, total: rows.length };
      },
      columns: [
        {
          header: t(`support.report.group.${group.value}`),
          value: (row) => words.value.name(row, group.value),
          width: 26,
        },
        { header: header('tickets'), value: (row) => row.tickets.count, width: 10 },
        { header: header('answered'), value: (row) => row.first_response.count, width: 10 },
        { header: time('first_median'), value: (row) => minutes(row.first_response.median_seconds), width: 16 },
        { header: time('first_p90'), value: (row) => minutes(row.first_response.p90_seconds), width: 16 },
        { header: header('resolved'), value: (row) => row.resolution.count, width: 10 },
        { header: time('end_median'), value: (row) => minutes(row.resolution.median_seconds), width: 16 },
        { header: time('end_p90'), value: (row) => minutes(row.resolution.p90_seconds), width: 16 },
        { header: header('breaches'), value: (row) => row.breaches.count, width: 10 },
        { header: header('first_breaches'), value: (row) => row.first_response_breaches.count, width: 16 },
        { header: header('next_breaches'), value: (row) => row.next_response_breaches.count, width: 16 },
        { header: header('end_breaches'), value: (row) => row.resolution_breaches.count, width: 16 },
        { header: header('several_breaches'), value: (row) => row.several_breaches.count, width: 16 },
      ],
    };
  });
}
