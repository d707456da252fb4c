import { computed } from 'vue';
import { useI18n } from 'vue-i18n';
import type { RouteLocationRaw } from 'vue-router';
import { useFormat } from '@/base/format.ts';
import { usePlans } from '@/shared/plans.ts';
import { useStripeLinks } from '@/shared/stripe-links.ts';
import type { MetricRow, MetricRows } from '../types.ts';
import { NONE, useFigureWords } from './useFigureWords.ts';

/** The rows behind a figure in words, by their kind. */
export function useMetricRowWords() {
  const { t } = useI18n();
  const format = useFormat();
  const figures = useFigureWords();
  const plans = usePlans();
  const stripeUrl = useStripeLinks();

  const value = (of: Pick<MetricRows, 'kind' | 'metric'>, row: MetricRow): string => {
    if (row.amount_cents !== undefined) return format.value.money(row.amount_cents, row.currency);
    if (of.kind === 'dues') return t(row.is_renewed ? 'analytics.rows.renewed' : 'analytics.rows.lost');
    if (of.kind === 'tickets') {
      const seconds = of.metric === 'resolution' ? row.resolution_seconds : row.first_response_seconds;
      return seconds === null || seconds === undefined ? NONE : figures.value.value('seconds', seconds);
    }
    if (row.value !== undefined)
      return of.metric === 'uptime' ? format.value.duration(row.value * 60_000) : format.value.number(row.value);
    return row.state ? t(`shared.license_status.${row.state}`) : '';
  };
  const date = (instant: string | null | undefined) => (instant ? format.value.date(instant) : NONE);
  const parts = (kind: MetricRows['kind'], row: MetricRow): string[] => {
    const plan = row.plan ? plans.name(row.plan) : '';
    const all: Record<MetricRows['kind'], (string | undefined | null | false)[]> = {
      movements: [
        date(row.at),
        row.kind && t(`analytics.kind.${row.kind}`),
        row.reason && t(`analytics.reason.${row.reason}`),
        plan,
      ],
      customers: [t('analytics.rows.since', { date: date(row.at) }), plan],
      cash: [date(row.at), row.kind && t(`analytics.kind.${row.kind}`), plan, row.invoice_number],
      dues: [t('analytics.rows.due', { date: date(row.due_at) }), plan],
      licenses: [plan, row.expires_at && t('analytics.rows.expires', { date: date(row.expires_at) })],
      uses: [plan, row.days !== undefined && t('analytics.rows.days', { days: row.days }, row.days)],
      tickets: [date(row.at), row.subject],
    };
    return all[kind].filter((part): part is string => Boolean(part));
  };
  function page(kind: MetricRows['kind'], row: MetricRow): { to: RouteLocationRaw; label: string } | null {
    if (kind === 'tickets' && row.ticket)
      return { to: { name: 'support', query: { folder: 'all', ticket: row.ticket } }, label: `#${row.ticket}` };
    if (row.subscription_id)
      return {
        to: { name: 'subscriptions', query: { subscription: row.subscription_id } },
        label: t('analytics.rows.subscription'),
      };
    return row.license_id
      ? { to: { name: 'license', params: { id: row.license_id } }, label: t('analytics.rows.license') }
      : null;
  }
  const summary = ({ kind, metric, total, sum, currency }: MetricRows): string => {
    const count = format.value.number(total);
    if (kind === 'customers' || kind === 'movements' || kind === 'cash')
      return t('analytics.rows.sum', { count, sum: format.value.money(sum ?? 0, currency) }, total);
    if (kind === 'dues')
      return t('analytics.rows.renewed_of', { renewed: format.value.number(sum ?? 0), count }, total);
    if (kind === 'uses' && metric !== 'uptime')
      return t('analytics.rows.sum', { count, sum: format.value.number(sum ?? 0) }, total);
    return t('analytics.rows.count', { count }, total);
  };
  return {
    value,
    parts,
    page,
    summary,
    stripe: (row: MetricRow) => {
      const id = row.stripe_subscription_id ?? row.stripe_payment_id;
      return id ? stripeUrl(id, row.livemode ?? false) : undefined;
    },
    headers: computed(() => (key: string) => t(`analytics.rows.column.${key}`)),
  };
}
