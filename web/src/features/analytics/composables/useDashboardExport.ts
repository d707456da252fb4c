import { computed, type Ref } from 'vue';
import { useI18n } from 'vue-i18n';
import { toMajor } from '@/base/format.ts';
import type { ExportRequest } from '@/shared/export/export.ts';
import type { Dashboard, Metric } from '../types.ts';

interface Line {
  metric: Metric;
  day: string;
  value: number | null;
  currency: string | null;
}

/** All that the page shows as numbers: figures of the period, and the months of its charts. */
function linesOf(page: Dashboard): Line[] {
  const { currency, to_day } = page;
  const money = (metric: Metric, day: string, cents: number | null | undefined): Line => ({
    metric,
    day,
    value: cents === null || cents === undefined ? null : toMajor(cents, currency),
    currency,
  });
  const plain = (metric: Metric, day: string, value: number | null | undefined): Line => ({
    metric,
    day,
    value: value ?? null,
    currency: null,
  });
  return [
    money('mrr', to_day, page.mrr_cents),
    plain('licenses_active', to_day, page.active_licenses),
    plain('licenses_total', to_day, page.total_licenses),
    plain('renewal_rate', to_day, page.renewal_rate),
    plain('customer_churn_rate', to_day, page.churn_rate),
    plain('tickets_open', to_day, page.open_tickets),
    ...(page.revenue ?? []).flatMap((month) => [
      money('mrr', month.day, month.mrr_cents),
      money('cash_new', month.day, month.new_cents),
      money('cash_renewal', month.day, month.renewal_cents),
      money('cash_upgrade', month.day, month.upgrade_cents),
      money('cash_other', month.day, month.other_cents),
      money('refunds', month.day, month.refunded_cents),
      money('disputes_lost', month.day, month.lost_cents),
    ]),
    ...(page.churn ?? []).map((month) => plain('customer_churn_rate', month.day, month.rate)),
  ];
}

export function useDashboardExport(page: Ref<Dashboard | undefined>) {
  const { t } = useI18n();
  return computed<Omit<ExportRequest<Line>, 'format' | 'onProgress' | 'signal'>>(() => ({
    subject: 'metrics',
    fileName: `${t('analytics.file')}-${page.value?.from_day ?? ''}-${page.value?.to_day ?? ''}`,
    filters: { from_day: page.value?.from_day, to_day: page.value?.to_day },
    fetchPage: () => {
      const rows = page.value ? linesOf(page.value) : [];
      return Promise.resolve({ rows, total: rows.length });
    },
    columns: [
      { header: t('analytics.column.metric'), value: ({ metric }) => t(`analytics.metric.${metric}.name`), width: 34 },
      { header: t('analytics.column.day'), value: ({ day }) => day, width: 12 },
      { header: t('analytics.column.value'), value: ({ value }) => value, width: 14 },
      { header: t('analytics.column.currency'), value: ({ currency }) => currency, width: 8 },
    ],
  }));
}
