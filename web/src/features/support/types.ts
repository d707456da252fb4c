import type {
  TicketBreach,
  TicketFolder,
  TicketPriority,
  TicketSort,
  TicketStatus,
} from '@contracts/constants/tickets.ts';

export type {
  FoundTicket,
  TicketFigures,
  TicketDetails,
  TicketEvent,
  TicketMessage,
  TicketNote,
  TicketSaidSince,
} from '@contracts/rows/ticket.ts';
export type { TicketFolder, TicketPriority, TicketStatus };
export {
  ticketBreaches as TICKET_BREACHES,
  ticketFolders as TICKET_FOLDERS,
  ticketPriorities as TICKET_PRIORITIES,
  ticketReportGroups as TICKET_REPORT_GROUPS,
  ticketSorts as TICKET_SORTS,
  ticketStatuses as TICKET_STATUSES,
} from '@contracts/constants/tickets.ts';

/** In an address, the assignee of what nobody has. */
export const NOBODY = 'nobody';

export interface TicketFilters {
  q: string;
  folder: TicketFolder | 'all';
  status: TicketStatus[];
  priority: TicketPriority[];
  assignee: string;
  /** Opened on days of the business, both included. */
  from: string;
  to: string;
  tag: string;
  answered: '' | 'yes' | 'no';
  breached: '' | TicketBreach;
  sort: TicketSort;
  desc: boolean;
  page: number;
  size: number;
}

/** What is being written: an answer, or a note among staff. */
export type WritingKind = 'public' | 'note';
