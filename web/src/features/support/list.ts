import { defineResource } from '@/shared/list/resource.ts';
import { choiceParam, listParam, uuidParam } from '@/shared/url-state.ts';
import { TICKET_FOLDERS, TICKET_PRIORITIES, TICKET_SORTS, type FoundTicket } from './types.ts';

export const ticketList = defineResource({
  name: 'tickets',
  titleKey: 'support.title',
  searchKey: 'support.search',
  icon: 'i-lucide-life-buoy',
  emptyKey: 'support.empty.title',
  emptyHelpKey: 'support.empty.description',
  filteredKey: 'support.empty.filtered_title',
  filteredHelpKey: 'support.empty.filtered_description',
  bulkKey: 'support.bulk.selected',
  params: {
    folder: choiceParam([...TICKET_FOLDERS, 'all'], 'inbox'),
    priority: listParam(TICKET_PRIORITIES),
    assignee: uuidParam(),
  },
  sorts: TICKET_SORTS,
  sort: 'last_message_at',
  desc: true,
  columns: [],
  rowKey: (row: FoundTicket) => row.id,
  rowLabel: (row) => row.subject,
});
