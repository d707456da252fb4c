export const ticketStatuses = ['open', 'in_progress', 'waiting', 'resolved', 'closed'] as const;
export type TicketStatus = (typeof ticketStatuses)[number];

export const ticketPriorities = ['low', 'medium', 'high', 'critical'] as const;
export type TicketPriority = (typeof ticketPriorities)[number];

/** Where a ticket, or a message of one, came from. */
export const ticketChannels = ['client', 'mail', 'console'] as const;
export type TicketChannel = (typeof ticketChannels)[number];

export const ticketFolders = [
  'inbox',
  'mine',
  'unassigned',
  'in_progress',
  'waiting',
  'snoozed',
  'breaching',
  'resolved',
  'closed',
] as const;
export type TicketFolder = (typeof ticketFolders)[number];

export const ticketSorts = [
  'last_message_at',
  'created_at',
  'updated_at',
  'number',
  'due_at',
  'priority',
  'relevance',
] as const;
export type TicketSort = (typeof ticketSorts)[number];

/** What is promised of a ticket. */
export const ticketClocks = ['first_response', 'next_response', 'resolution'] as const;
export type TicketClock = (typeof ticketClocks)[number];

/** Which deadline was missed: any of them, that one alone, or several. */
export const ticketBreaches = ['any', 'first_response', 'next_response', 'resolution', 'several'] as const;
export type TicketBreach = (typeof ticketBreaches)[number];

export const ticketReportGroups = ['assignee', 'priority', 'tag', 'week'] as const;
export type TicketReportGroup = (typeof ticketReportGroups)[number];

/** Bucket of Storage that holds the files of tickets, each under its id. */
export const TICKET_BUCKET = 'ticket-attachments';
/** Bytes of one file. */
export const TICKET_FILE_BYTES = 20 * 1024 * 1024;
/** Bytes of the files of one answer, which travel in its mail. */
export const TICKET_ANSWER_BYTES = 15 * 1024 * 1024;
export const TICKET_FILES = 10;

/** Told by its first bytes: what is shown; all else is only downloaded. */
export const ticketImageTypes = ['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif'] as const;
export type TicketImageType = (typeof ticketImageTypes)[number];

export const ticketFileStatuses = ['pending', 'ready', 'refused'] as const;
export const ticketFileRefusals = ['empty', 'too_large', 'missing'] as const;
