import { defineResource } from '@/shared/list/resource.ts';
import { choiceParam, codesParam, listParam } from '@/shared/url-state.ts';
import { ATTENTIONS, SUBSCRIPTION_SORTS, SUBSCRIPTION_STATUSES, type SubscriptionRow } from './types.ts';

export const subscriptionList = defineResource({
  name: 'subscriptions',
  titleKey: 'subscriptions.title',
  searchKey: 'subscriptions.search',
  icon: 'i-lucide-repeat',
  emptyKey: 'subscriptions.empty.title',
  emptyHelpKey: 'subscriptions.empty.description',
  filteredKey: 'subscriptions.empty.filtered_title',
  filteredHelpKey: 'subscriptions.empty.filtered_description',
  bulkKey: 'subscriptions.bulk.selected',
  params: {
    status: listParam(SUBSCRIPTION_STATUSES),
    plan: codesParam(),
    attention: choiceParam(['', ...ATTENTIONS], ''),
  },
  sorts: SUBSCRIPTION_SORTS,
  sort: 'created_at',
  desc: true,
  columns: [
    { key: 'email', labelKey: 'subscriptions.column.customer', sortable: true, fixed: true, class: 'max-w-72' },
    { key: 'plan', labelKey: 'subscriptions.column.plan', sortable: true },
    { key: 'amount_cents', labelKey: 'subscriptions.column.amount', sortable: true, align: 'end' },
    { key: 'next_payment', labelKey: 'subscriptions.column.next_payment' },
    { key: 'status', labelKey: 'subscriptions.column.status', sortable: true },
    { key: 'mrr_cents', labelKey: 'subscriptions.column.mrr', sortable: true, align: 'end', optional: true },
    { key: 'current_period_end', labelKey: 'subscriptions.column.period_end', sortable: true, optional: true },
    { key: 'card', labelKey: 'subscriptions.column.card', optional: true },
    { key: 'discounts', labelKey: 'subscriptions.column.discounts', optional: true },
    { key: 'license', labelKey: 'subscriptions.column.license', optional: true },
    { key: 'created_at', labelKey: 'subscriptions.column.started', sortable: true, optional: true },
    {
      key: 'actions',
      labelKey: 'subscriptions.column.actions',
      align: 'end',
      hideLabel: true,
      fixed: true,
      class: 'w-px whitespace-nowrap',
    },
  ],
  rowKey: (row: SubscriptionRow) => row.id,
  rowLabel: (row) => row.email,
});
