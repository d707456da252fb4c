import { computed } from 'vue';
import { useI18n } from 'vue-i18n';
import type { DataColumn } from '@/shared/components/table.ts';
import { usePreferencesStore } from '@/shared/preferences.ts';

export const PAYMENT_TABLE = 'payments';
export const DEFAULT_COLUMNS = ['email', 'amount', 'status', 'method', 'invoice', 'reason'];

/** Every column the list can show, and those it shows. */
export function usePaymentColumns() {
  const { t } = useI18n();
  const preferences = usePreferencesStore();
  const all = computed<DataColumn[]>(() => [
    {
      key: 'payment_date',
      label: t('payments.column.date'),
      sortable: true,
      fixed: true,
      class: 'whitespace-nowrap tabular-nums',
    },
    { key: 'email', label: t('payments.column.customer'), sortable: true, class: 'max-w-64' },
    { key: 'amount', label: t('payments.column.amount'), sortable: true, align: 'end' },
    { key: 'status', label: t('payments.column.status'), sortable: true },
    { key: 'method', label: t('payments.column.method'), class: 'whitespace-nowrap' },
    { key: 'invoice', label: t('payments.column.invoice'), class: 'whitespace-nowrap' },
    { key: 'reason', label: t('payments.column.reason'), class: 'max-w-64' },
    { key: 'plan', label: t('payments.column.plan') },
    { key: 'actions', label: t('payments.column.actions'), align: 'end', hideLabel: true, fixed: true, class: 'w-12' },
  ]);
  const visible = computed(() => {
    const wanted = preferences.visibleColumns(PAYMENT_TABLE, DEFAULT_COLUMNS);
    return all.value.filter((column) => column.fixed || wanted.includes(column.key));
  });
  return { all, visible };
}
