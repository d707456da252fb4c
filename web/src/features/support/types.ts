import type { TicketFolder, TicketPriority, TicketSort, TicketStatus } from '@contracts/constants/tickets.ts';

export type {
  FoundTicket,
  TicketDetails,
  TicketEvent,
  TicketMessage,
  TicketNote,
  TicketSaidSince,
} from '@contracts/rows/ticket.ts';
export type { TicketFolder, TicketPriority, TicketStatus };
export {
  ticketFolders as TICKET_FOLDERS,
  ticketPriorities as TICKET_PRIORITIES,
  ticketSorts as TICKET_SORTS,
  ticketStatuses as TICKET_STATUSES,
} from '@contracts/constants/tickets.ts';

export interface TicketFilters {
  q: string;
  folder: TicketFolder | 'all';
  priority: TicketPriority[];
  assignee: string;
  sort: TicketSort;
  desc: boolean;
  page: number;
  size: number;
}

/** What is being written: an answer, or a note among staff. */
export type WritingKind = 'public' | 'note';
