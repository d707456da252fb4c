import { defineResource } from '@/shared/list/resource.ts';
import { choiceParam } from '@/shared/url-state.ts';
import { CUSTOMER_SORTS, CUSTOMER_STATES, type CustomerRow } from './types.ts';

export const customerList = defineResource({
  name: 'customers',
  titleKey: 'customers.title',
  searchKey: 'customers.search',
  icon: 'i-lucide-contact',
  emptyKey: 'customers.empty.title',
  emptyHelpKey: 'customers.empty.description',
  filteredKey: 'customers.empty.filtered_title',
  filteredHelpKey: 'customers.empty.filtered_description',
  params: { segment: choiceParam(['', ...CUSTOMER_STATES], '') },
  sorts: CUSTOMER_SORTS,
  sort: 'created_at',
  desc: true,
  columns: [
    { key: 'name', labelKey: 'customers.column.name', sortable: true, fixed: true, class: 'max-w-72 min-w-48' },
    { key: 'company', labelKey: 'customers.column.company', sortable: true, class: 'max-w-48 min-w-32 truncate' },
    { key: 'email', labelKey: 'customers.column.email', sortable: true, class: 'max-w-72 min-w-44 truncate' },
    { key: 'state', labelKey: 'customers.column.state' },
    { key: 'licenses', labelKey: 'customers.column.licenses', align: 'end' },
    { key: 'mrr', labelKey: 'customers.column.mrr', align: 'end' },
    { key: 'last_seen', labelKey: 'customers.column.last_seen' },
    { key: 'created_at', labelKey: 'customers.column.created_at', sortable: true, optional: true },
  ],
  rowKey: (row: CustomerRow) => row.id,
  rowLabel: (row) => row.name ?? row.email,
});
