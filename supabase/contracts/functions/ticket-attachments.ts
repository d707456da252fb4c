import { z } from 'zod';
import { TICKET_FILE_BYTES, TICKET_FILES } from '../constants/tickets.ts';
import { ticketAttachment, ticketNumber } from '../rows/ticket.ts';
import { id } from '../scalars.ts';
import { storable } from './shared.ts';

const ids = z.array(id).min(1).max(200);

export const ticketAttachmentActions = z.discriminatedUnion('action', [
  z.object({
    action: z.literal('prepare'),
    ticket_number: ticketNumber,
    kind: z.enum(['public', 'note']),
    files: z
      .array(z.object({ name: storable(1_000), size: z.int().min(1).max(TICKET_FILE_BYTES) }))
      .min(1)
      .max(TICKET_FILES),
  }),
  z.object({ action: z.literal('check'), ids }),
  z.object({ action: z.literal('links'), ids }),
]);
export type TicketAttachmentAction = z.infer<typeof ticketAttachmentActions>;

export const ticketAttachmentsResponse = z.union([
  /** In the order given. PUT the bytes to `url` as application/octet-stream within two hours. */
  z.strictObject({ uploads: z.array(ticketAttachment.extend({ url: z.string() })) }),
  z.strictObject({ attachments: z.array(ticketAttachment) }),
  /** Good for five minutes; files that are not ready have none. */
  z.strictObject({ links: z.array(z.strictObject({ id, url: z.string() })) }),
]);
export type TicketAttachmentsResponse = z.infer<typeof ticketAttachmentsResponse>;

export const ticketAttachments = {
  auth: 'staff',
  request: ticketAttachmentActions,
  response: ticketAttachmentsResponse,
  errors: [
    'unauthorized',
    'permission_denied',
    'invalid_ticket_attachment',
    'too_many_ticket_attachments',
    'ticket_attachment_too_large',
    'ticket_not_found',
    'ticket_merged',
  ],
} as const;
