import { LICENSE_STATUSES } from '@/shared/license-status.ts';
import { defineResource } from '@/shared/list/resource.ts';
import { codesParam, listParam, optionalFlagParam, optionalIntParam, uuidParam } from '@/shared/url-state.ts';
import { SORT_KEYS, type LicenseRow } from './types.ts';

export const licenseList = defineResource({
  name: 'licenses',
  titleKey: 'licenses.title',
  searchKey: 'licenses.filter.search',
  icon: 'i-lucide-key-round',
  emptyKey: 'licenses.empty.title',
  emptyHelpKey: 'licenses.empty.description',
  filteredKey: 'licenses.empty.filtered_title',
  filteredHelpKey: 'licenses.empty.filtered_description',
  bulkKey: 'licenses.bulk.selected',
  freshKey: 'licenses.fresh',
  params: {
    status: listParam(LICENSE_STATUSES),
    plan: codesParam(),
    expiring: optionalIntParam({ min: 1, max: 3660 }),
    renew: optionalFlagParam(),
    /** Id of an import; empty: whatever made them. */
    import: uuidParam(),
  },
  sorts: SORT_KEYS,
  sort: 'created_at',
  desc: true,
  columns: [
    { key: 'email', labelKey: 'licenses.column.email', sortable: true, fixed: true, class: 'max-w-72 min-w-52' },
    { key: 'plan', labelKey: 'licenses.column.plan', sortable: true },
    { key: 'status', labelKey: 'licenses.column.status', sortable: true },
    { key: 'expires_at', labelKey: 'licenses.column.expires_at', sortable: true },
    { key: 'mrr_cents', labelKey: 'licenses.column.mrr_cents', sortable: true, align: 'end' },
    { key: 'last_check_in', labelKey: 'licenses.column.last_check_in', sortable: true },
    { key: 'auto_renew', labelKey: 'licenses.column.auto_renew', optional: true },
    { key: 'payment_method', labelKey: 'licenses.column.payment_method', optional: true },
    { key: 'license_key_hint', labelKey: 'licenses.column.license_key_hint', optional: true },
    { key: 'hwid_hint', labelKey: 'licenses.column.hwid_hint', optional: true },
    { key: 'client', labelKey: 'licenses.column.client', optional: true },
    { key: 'notes', labelKey: 'licenses.column.notes', class: 'max-w-60 min-w-40', optional: true },
    { key: 'created_at', labelKey: 'licenses.column.created_at', sortable: true, optional: true },
    { key: 'actions', labelKey: 'licenses.column.actions', align: 'end', hideLabel: true, fixed: true, class: 'w-12' },
  ],
  rowKey: (row: LicenseRow) => row.id,
  rowLabel: (row) => row.email,
});
