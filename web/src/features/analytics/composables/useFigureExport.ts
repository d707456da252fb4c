import { computed } from 'vue';
import { useI18n } from 'vue-i18n';
import { callRpc } from '@/base/api.ts';
import { toMajor } from '@/base/format.ts';
import type { ExportRequest } from '@/shared/export/export.ts';
import { useSessionStore } from '@/shared/session.ts';
import { SECTIONS } from '../sections.ts';
import type { AskedFigures, Metric } from '../types.ts';

interface Line {
  metric: Metric;
  day: string;
  value: number | null;
  currency: string | null;
}

/** Every figure of the page by bucket and in all, as the database has them at one moment. */
export function useFigureExport(asked: () => AskedFigures) {
  const { t } = useI18n();
  const session = useSessionStore();
  return computed<Omit<ExportRequest<Line>, 'format' | 'onProgress' | 'signal'>>(() => {
    const { from, to, granularity, filters } = asked();
    return {
      subject: 'metrics',
      fileName: `${t('analytics.analyses_file')}-${from}-${to}`,
      filters: { from_day: from, to_day: to, granularity, ...filters },
      async fetchPage() {
        const metrics = SECTIONS.filter(({ permission }) => session.can(permission)).flatMap(({ cards }) => cards);
        const answer = await callRpc('get_metrics', { metrics, from_day: from, to_day: to, granularity, filters });
        const rows = answer.metrics.flatMap(({ metric, unit, buckets, total }) => {
          const line = (day: string, value: number | null): Line => ({
            metric,
            day,
            value: value === null || unit !== 'money' ? value : toMajor(value, answer.currency),
            currency: unit === 'money' ? answer.currency : null,
          });
          return [...buckets.map(({ day, value }) => line(day, value)), line(t('analytics.column.total'), total)];
        });
        return { rows, total: rows.length };
      },
      columns: [
        {
          header: t('analytics.column.metric'),
          value: ({ metric }) => t(`analytics.metric.${metric}.name`),
          width: 34,
        },
        { header: t('analytics.column.day'), value: ({ day }) => day, width: 12 },
        { header: t('analytics.column.value'), value: ({ value }) => value, width: 14 },
        { header: t('analytics.column.currency'), value: ({ currency }) => currency, width: 8 },
      ],
    };
  });
}
