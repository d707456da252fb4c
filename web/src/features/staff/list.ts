import { defineResource } from '@/shared/list/resource.ts';
import type { ListedStaff } from './staff.ts';
import { listParam } from '@/shared/url-state.ts';
import { ROLES, STAFF_SORTS, STAFF_STATES } from './staff.ts';

export const staffList = defineResource({
  name: 'staff',
  titleKey: 'staff.title',
  searchKey: 'staff.filter.search',
  icon: 'i-lucide-users',
  emptyKey: 'staff.empty.title',
  emptyHelpKey: 'staff.empty.description',
  filteredKey: 'staff.empty.filtered_title',
  filteredHelpKey: 'staff.empty.filtered_description',
  params: { role: listParam(ROLES), state: listParam(STAFF_STATES) },
  sorts: STAFF_SORTS,
  sort: 'display_name',
  desc: false,
  unpaged: true,
  columns: [
    { key: 'display_name', labelKey: 'staff.column.name', sortable: true, fixed: true, class: 'max-w-72' },
    { key: 'role', labelKey: 'staff.column.role', sortable: true },
    { key: 'state', labelKey: 'staff.column.state', sortable: true },
    { key: 'last_sign_in_at', labelKey: 'staff.column.last_sign_in_at', sortable: true },
    { key: 'created_at', labelKey: 'staff.column.created_at', sortable: true },
    { key: 'actions', labelKey: 'staff.column.actions', hideLabel: true, fixed: true, align: 'end', class: 'w-12' },
  ],
  rowKey: (row: ListedStaff) => row.user_id,
  rowLabel: (row) => row.display_name,
});
