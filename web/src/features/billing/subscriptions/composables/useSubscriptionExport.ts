import { computed, type ComputedRef } from 'vue';
import { useI18n } from 'vue-i18n';
import { toMajor } from '@/base/format.ts';
import type { ExportRequest } from '@/shared/export/export.ts';
import { usePaymentWords } from '../../payments/composables/usePaymentWords.ts';
import { searchArguments, searchSubscriptions } from '../queries.ts';
import { shownStatus } from '../status.ts';
import type { SubscriptionFilters, SubscriptionRow } from '../types.ts';
import { useSubscriptionWords } from './useSubscriptionWords.ts';

const PAGE_SIZE = 2_000;

const moment = (value: string | null) => (value ? new Date(value) : null);

/** Export of a whole filter, page by page. */
export function useSubscriptionExport(
  filters: () => SubscriptionFilters,
): ComputedRef<Omit<ExportRequest<SubscriptionRow>, 'format' | 'onProgress' | 'signal'>> {
  const { t } = useI18n();
  const words = useSubscriptionWords();
  const { card } = usePaymentWords();
  return computed(() => {
    const asked = filters();
    const { page: _page, page_size: _size, ...written } = searchArguments(asked);
    return {
      subject: 'subscriptions',
      fileName: `abonnements-${new Date().toISOString().slice(0, 10)}`,
      filters: written,
      // Sorted by creation, so that a change while pages are read moves as few rows as can be.
      fetchPage: (page) => searchSubscriptions({ ...asked, sort: 'created_at', desc: false, page, size: PAGE_SIZE }),
      columns: [
        { header: t('subscriptions.column.email'), value: (row) => row.email, width: 32 },
        { header: t('subscriptions.column.customer'), value: (row) => row.customer_name, width: 26 },
        { header: t('subscriptions.column.plan'), value: (row) => words.plan(row), width: 12 },
        {
          header: t('subscriptions.column.amount'),
          value: (row) => toMajor(row.amount_cents, row.currency),
          width: 10,
        },
        { header: t('subscriptions.column.currency'), value: (row) => row.currency, width: 8 },
        { header: t('subscriptions.column.interval'), value: (row) => words.price(row), width: 16 },
        {
          header: t('subscriptions.column.mrr'),
          value: (row) => toMajor(row.paying_mrr_cents, row.currency),
          width: 10,
        },
        {
          header: t('subscriptions.column.status'),
          value: (row) => t(`subscriptions.status.${shownStatus(row)}`),
          width: 18,
        },
        { header: t('subscriptions.column.next_payment'), value: (row) => moment(row.next_payment_at), width: 18 },
        { header: t('subscriptions.column.period_end'), value: (row) => moment(row.current_period_end), width: 18 },
        { header: t('subscriptions.column.card'), value: card, width: 20 },
        {
          header: t('subscriptions.column.discounts'),
          value: (row) => row.discounts.map((each) => words.discount(each, row.currency)).join(', ') || null,
          width: 30,
        },
        { header: t('subscriptions.column.license'), value: (row) => row.license_key_hint, width: 12 },
        { header: t('subscriptions.column.started'), value: (row) => moment(row.started_at), width: 18 },
        { header: t('subscriptions.column.stripe_id'), value: (row) => row.stripe_subscription_id, width: 32 },
      ],
    };
  });
}
