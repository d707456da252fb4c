import { computed, type ComputedRef } from 'vue';
import { useI18n } from 'vue-i18n';
import { toMajor } from '@/base/format.ts';
import type { ExportRequest } from '@/shared/export/export.ts';
import { usePlans } from '@/shared/plans.ts';
import { useFailureText } from '../../actions/composables/useFailureText.ts';
import { searchArguments, searchPayments } from '../queries.ts';
import { shownStatus } from '../status.ts';
import type { ListedPayment, PaymentFilters } from '../types.ts';
import { usePaymentWords } from './usePaymentWords.ts';

const PAGE_SIZE = 2_000;

/** Export of a whole filter, page by page. */
export function usePaymentExport(
  filters: () => PaymentFilters,
): ComputedRef<Omit<ExportRequest<ListedPayment>, 'format' | 'onProgress' | 'signal'>> {
  const { t } = useI18n();
  const plans = usePlans();
  const { method } = usePaymentWords();
  const failure = useFailureText();
  return computed(() => {
    const asked = filters();
    const { page: _page, page_size: _size, ...written } = searchArguments(asked);
    return {
      subject: 'payments',
      fileName: `paiements-${new Date().toISOString().slice(0, 10)}`,
      filters: written,
      // Sorted by date upwards: what arrives while pages are read comes last.
      fetchPage: (page) => searchPayments({ ...asked, sort: 'payment_date', desc: false, page, size: PAGE_SIZE }),
      columns: [
        { header: t('payments.column.date'), value: (row) => new Date(row.payment_date), width: 18 },
        { header: t('payments.column.email'), value: (row) => row.email, width: 32 },
        { header: t('payments.column.customer'), value: (row) => row.customer_name, width: 26 },
        { header: t('payments.column.amount'), value: (row) => toMajor(row.amount, row.currency), width: 10 },
        {
          header: t('payments.column.refunded'),
          value: (row) => toMajor(row.amount_refunded, row.currency),
          width: 12,
        },
        { header: t('payments.column.lost'), value: (row) => toMajor(row.amount_lost, row.currency), width: 12 },
        { header: t('payments.column.currency'), value: (row) => row.currency, width: 8 },
        { header: t('payments.column.status'), value: (row) => t(`payments.status.${shownStatus(row)}`), width: 14 },
        { header: t('payments.column.method'), value: method, width: 20 },
        {
          header: t('payments.column.plan'),
          value: (row) => (row.plan ? plans.name(row.plan) : null),
          width: 12,
        },
        { header: t('payments.column.invoice'), value: (row) => row.invoice_number, width: 18 },
        {
          header: t('payments.column.reason'),
          value: (row) => (row.failure_code ? failure(row.failure_code) : null),
          width: 34,
        },
        { header: t('payments.column.failure_code'), value: (row) => row.failure_code, width: 20 },
        { header: t('payments.column.stripe_id'), value: (row) => row.stripe_payment_id, width: 30 },
      ],
    };
  });
}
