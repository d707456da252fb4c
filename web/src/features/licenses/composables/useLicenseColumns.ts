import { computed } from 'vue';
import { useI18n } from 'vue-i18n';
import type { DataColumn } from '@/shared/components/table.ts';
import { usePreferencesStore } from '@/shared/preferences.ts';

export const LICENSE_TABLE = 'licenses';
export const DEFAULT_COLUMNS = ['plan', 'status', 'expires_at', 'mrr_cents', 'last_check_in'];

/** Every column the list can show, and those it shows. */
export function useLicenseColumns() {
  const { t } = useI18n();
  const preferences = usePreferencesStore();
  const all = computed<DataColumn[]>(() => [
    { key: 'email', label: t('licenses.column.email'), sortable: true, fixed: true, class: 'max-w-72' },
    { key: 'plan', label: t('licenses.column.plan'), sortable: true },
    { key: 'status', label: t('licenses.column.status'), sortable: true },
    { key: 'expires_at', label: t('licenses.column.expires_at'), sortable: true },
    { key: 'mrr_cents', label: t('licenses.column.mrr_cents'), sortable: true, align: 'end' },
    { key: 'last_check_in', label: t('licenses.column.last_check_in'), sortable: true },
    { key: 'auto_renew', label: t('licenses.column.auto_renew') },
    { key: 'payment_method', label: t('licenses.column.payment_method') },
    { key: 'license_key_hint', label: t('licenses.column.license_key_hint') },
    { key: 'hwid_hint', label: t('licenses.column.hwid_hint') },
    { key: 'client', label: t('licenses.column.client') },
    { key: 'notes', label: t('licenses.column.notes'), class: 'max-w-60' },
    { key: 'created_at', label: t('licenses.column.created_at'), sortable: true },
    { key: 'actions', label: t('licenses.column.actions'), align: 'end', hideLabel: true, fixed: true, class: 'w-12' },
  ]);
  const visible = computed(() => {
    const wanted = preferences.visibleColumns(LICENSE_TABLE, DEFAULT_COLUMNS);
    return all.value.filter((column) => column.fixed || wanted.includes(column.key));
  });
  return { all, visible };
}
