import { computed } from 'vue';
import { useI18n } from 'vue-i18n';
import type { DataColumn } from '@/shared/components/table.ts';
import { usePreferencesStore } from '@/shared/preferences.ts';

export const SUBSCRIPTION_TABLE = 'subscriptions';
export const DEFAULT_COLUMNS = ['plan', 'amount_cents', 'next_payment', 'status'];

/** Every column the list can show, and those it shows. */
export function useSubscriptionColumns() {
  const { t } = useI18n();
  const preferences = usePreferencesStore();
  const all = computed<DataColumn[]>(() => [
    { key: 'email', label: t('subscriptions.column.customer'), sortable: true, fixed: true, class: 'max-w-72' },
    { key: 'plan', label: t('subscriptions.column.plan'), sortable: true },
    { key: 'amount_cents', label: t('subscriptions.column.amount'), sortable: true, align: 'end' },
    { key: 'next_payment', label: t('subscriptions.column.next_payment') },
    { key: 'status', label: t('subscriptions.column.status'), sortable: true },
    { key: 'mrr_cents', label: t('subscriptions.column.mrr'), sortable: true, align: 'end' },
    { key: 'current_period_end', label: t('subscriptions.column.period_end'), sortable: true },
    { key: 'card', label: t('subscriptions.column.card') },
    { key: 'discounts', label: t('subscriptions.column.discounts') },
    { key: 'license', label: t('subscriptions.column.license') },
    { key: 'created_at', label: t('subscriptions.column.started'), sortable: true },
    {
      key: 'actions',
      label: t('subscriptions.column.actions'),
      align: 'end',
      hideLabel: true,
      fixed: true,
      class: 'w-px whitespace-nowrap',
    },
  ]);
  const visible = computed(() => {
    const wanted = preferences.visibleColumns(SUBSCRIPTION_TABLE, DEFAULT_COLUMNS);
    return all.value.filter((column) => column.fixed || wanted.includes(column.key));
  });
  return { all, visible };
}
