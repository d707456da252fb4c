import { defineResource } from '@/shared/list/resource.ts';
import { choiceParam, dayParam, listParam, textParam, uuidParam } from '@/shared/url-state.ts';
import {
  NOBODY,
  TICKET_BREACHES,
  TICKET_FOLDERS,
  TICKET_PRIORITIES,
  TICKET_SORTS,
  TICKET_STATUSES,
  type FoundTicket,
} from './types.ts';

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
    status: listParam(TICKET_STATUSES),
    priority: listParam(TICKET_PRIORITIES),
    assignee: uuidParam([NOBODY]),
    from: dayParam(),
    to: dayParam(),
    tag: textParam('', 60),
    answered: choiceParam(['', 'yes', 'no'], ''),
    breached: choiceParam(['', ...TICKET_BREACHES], ''),
  },
  sorts: TICKET_SORTS,
  sort: 'last_message_at',
  desc: true,
  columns: [],
  rowKey: (row: FoundTicket) => row.id,
  rowLabel: (row) => row.subject,
});
