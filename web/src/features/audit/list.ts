import { defineResource } from '@/shared/list/resource.ts';
import { dayParam, listParam, uuidParam } from '@/shared/url-state.ts';
import { SYSTEM, type AuditRow } from './types.ts';

export const auditList = defineResource({
  name: 'audit',
  titleKey: 'audit.title',
  searchKey: 'audit.filter.search',
  icon: 'i-lucide-scroll-text',
  emptyKey: 'audit.empty.title',
  emptyHelpKey: 'audit.empty.description',
  filteredKey: 'audit.empty.filtered_title',
  filteredHelpKey: 'audit.empty.filtered_description',
  params: {
    type: listParam(),
    /** Staff member's id or `SYSTEM`; empty: anybody. */
    actor: uuidParam([SYSTEM]),
    license: uuidParam(),
    from: dayParam(),
    to: dayParam(),
  },
  // The trail has one order: the newest first.
  sorts: ['when'],
  sort: 'when',
  desc: true,
  size: 50,
  columns: [
    { key: 'when', labelKey: 'audit.column.when', class: 'whitespace-nowrap tabular-nums' },
    { key: 'who', labelKey: 'audit.column.who', class: 'max-w-48 min-w-28 truncate' },
    { key: 'what', labelKey: 'audit.column.what', class: 'w-full max-w-0 min-w-72' },
    { key: 'license', labelKey: 'audit.column.license', class: 'max-w-72 min-w-40 truncate' },
    { key: 'ip', labelKey: 'audit.column.ip', class: 'whitespace-nowrap tabular-nums' },
  ],
  rowKey: (row: AuditRow) => row.id,
  rowLabel: (row) => row.event_type,
});
