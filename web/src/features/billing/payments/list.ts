import { defineResource } from '@/shared/list/resource.ts';
import { dayParam, listParam } from '@/shared/url-state.ts';
import { PAYMENT_SORTS, PAYMENT_STATUSES, type ListedPayment } from './types.ts';

export const paymentList = defineResource({
  name: 'payments',
  titleKey: 'payments.title',
  searchKey: 'payments.search',
  icon: 'i-lucide-credit-card',
  emptyKey: 'payments.empty.title',
  emptyHelpKey: 'payments.empty.description',
  filteredKey: 'payments.empty.filtered_title',
  filteredHelpKey: 'payments.empty.filtered_description',
  params: { status: listParam(PAYMENT_STATUSES), from: dayParam(), to: dayParam() },
  sorts: PAYMENT_SORTS,
  sort: 'payment_date',
  desc: true,
  columns: [
    {
      key: 'payment_date',
      labelKey: 'payments.column.date',
      sortable: true,
      fixed: true,
      class: 'whitespace-nowrap tabular-nums',
    },
    { key: 'email', labelKey: 'payments.column.customer', sortable: true, class: 'max-w-64' },
    { key: 'amount', labelKey: 'payments.column.amount', sortable: true, align: 'end' },
    { key: 'status', labelKey: 'payments.column.status', sortable: true },
    { key: 'method', labelKey: 'payments.column.method', class: 'whitespace-nowrap' },
    { key: 'invoice', labelKey: 'payments.column.invoice', class: 'whitespace-nowrap' },
    { key: 'reason', labelKey: 'payments.column.reason', class: 'max-w-64' },
    { key: 'plan', labelKey: 'payments.column.plan', optional: true },
    { key: 'actions', labelKey: 'payments.column.actions', align: 'end', hideLabel: true, fixed: true, class: 'w-12' },
  ],
  rowKey: (row: ListedPayment) => row.id,
  rowLabel: (row) => row.email ?? row.stripe_payment_id,
});
