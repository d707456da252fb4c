import { z } from 'zod';
import { ticketNumber } from '../rows/ticket.ts';
import { count } from '../scalars.ts';

/** What became of a mail; `duplicate` when it came before. */
export const mailInboundResponse = z.strictObject({
  outcome: z.enum(['opened', 'added', 'auto_reply', 'bounce', 'own', 'ignored', 'unreadable', 'duplicate']),
  ticket_number: ticketNumber.nullable(),
});
export type MailInboundResponse = z.infer<typeof mailInboundResponse>;

/** Of mails that somebody asked to read again. */
const mailRetryResponse = z.strictObject({ read: count, unreadable: count });
export type MailRetryResponse = z.infer<typeof mailRetryResponse>;

export const mailInbound = {
  auth: 'mail provider',
  /** `multipart/form-data`, as Inbound Parse posts it. */
  request: z.unknown(),
  response: mailInboundResponse,
  errors: ['unauthorized', 'invalid_input', 'method_not_allowed', 'body_too_large'],
} as const;
