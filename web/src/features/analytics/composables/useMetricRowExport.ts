import { computed } from 'vue';
import { useI18n } from 'vue-i18n';
import { toMajor } from '@/base/format.ts';
import type { ExportRequest } from '@/shared/export/export.ts';
import { fetchRows } from '../queries.ts';
import type { AskedRows, MetricRow } from '../types.ts';

const PAGE = 5_000;

/** The rows behind a figure as a file: whole, with whom they concern. */
export function useMetricRowExport(asked: () => AskedRows) {
  const { t } = useI18n();
  return computed<Omit<ExportRequest<MetricRow>, 'format' | 'onProgress' | 'signal'>>(() => {
    const { metric, from, to, filters } = asked();
    const header = (key: string) => t(`analytics.rows.column.${key}`);
    return {
      subject: 'metric_rows',
      fileName: `${metric}-${from}-${to}`,
      filters: { metric, from_day: from, to_day: to, ...filters },
      fetchPage: (page) => fetchRows(asked(), page, PAGE),
      columns: [
        { header: header('date'), value: ({ at }) => (at ? new Date(at) : null), width: 18 },
        { header: header('email'), value: ({ customer }) => customer?.email ?? null, width: 30 },
        { header: header('name'), value: ({ customer }) => customer?.name ?? null, width: 24 },
        { header: header('kind'), value: (row) => (row.kind ? t(`analytics.kind.${row.kind}`) : null), width: 16 },
        { header: header('plan'), value: ({ plan }) => plan ?? null, width: 14 },
        {
          header: header('amount'),
          value: (row) => (row.amount_cents === undefined ? null : toMajor(row.amount_cents, row.currency ?? 'EUR')),
          width: 12,
        },
        { header: header('currency'), value: ({ currency }) => currency ?? null, width: 8 },
        { header: header('value'), value: (row) => row.value ?? null, width: 12 },
        {
          header: header('stripe'),
          value: (row) => row.stripe_subscription_id ?? row.stripe_payment_id ?? null,
          width: 30,
        },
        { header: header('license'), value: ({ license_id }) => license_id ?? null, width: 36 },
        { header: header('ticket'), value: ({ ticket }) => ticket ?? null, width: 10 },
      ],
    };
  });
}
