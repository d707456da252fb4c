import { z } from 'zod';
import { TICKET_FILE_BYTES, TICKET_FILES, ticketImageTypes, ticketStatuses } from '../constants/tickets.ts';
import { id, instant } from '../scalars.ts';
import { storable } from './shared.ts';

const number = z.int().positive().meta({ description: 'What people say: #1245' });
const status = z
  .enum(ticketStatuses)
  .meta({ description: '`waiting` is for the customer; writing into a resolved ticket opens it again' });

/** Unknown fields are let go. Texts may hold anything but what PostgreSQL cannot: that is taken out. */
export const clientTicketRequest = z.object({
  license_key: storable(100).meta({ description: 'As typed: case, spaces and separators do not matter' }),
  hwid: storable(200).meta({ description: 'The hardware identifier of this machine' }),
  subject: z
    .string()
    .nullish()
    .meta({ description: 'One line, 255 characters at most; without one the first words of the message are' }),
  message: z.string().min(1).meta({ description: '100,000 characters at most' }),
  ticket_number: number.nullish().meta({ description: 'Of the ticket it goes on in; a new one without' }),
  idempotency_key: storable(160).meta({ description: 'Of this message: the same key is the same message' }),
  attachments: z
    .array(
      z.object({
        name: storable(1_000),
        type: z.string().nullish().meta({ description: 'Not believed: the first bytes say what it is' }),
        size: z
          .int()
          .positive()
          .meta({ description: `Bytes, ${TICKET_FILE_BYTES} at most` }),
      }),
    )
    .nullish()
    .meta({ description: `${TICKET_FILES} at most` }),
});
export type ClientTicketRequest = z.infer<typeof clientTicketRequest>;

/** With a session for a token the rest is enough. */
export const sessionTicketRequest = clientTicketRequest.omit({ license_key: true, hwid: true });

export const clientTicketResponse = z.strictObject({
  ticket_number: number,
  status,
  uploads: z
    .array(z.strictObject({ name: z.string(), url: z.string() }))
    .meta({ description: 'Where to PUT each file within two hours, as application/octet-stream, without any key' }),
});
export type ClientTicketResponse = z.infer<typeof clientTicketResponse>;

/** What goes with a poll, beside the headers `x-license-key` and `x-hwid`. */
export const clientTicketsPoll = z.object({
  license_key: storable(100),
  hwid: storable(200),
  after: instant.nullish(),
});
export const sessionTicketsPoll = clientTicketsPoll.pick({ after: true });

export const clientTicketsResponse = z.strictObject({
  tickets: z
    .array(
      z.strictObject({
        ticket_number: number,
        subject: z.string(),
        status,
        messages: z
          .array(
            z.strictObject({
              id: id.meta({ description: 'The same message may come again: keep each id once' }),
              author: z.enum(['customer', 'support']),
              by_support: z
                .boolean()
                .meta({ description: 'Whether support wrote it, be it in the customer’s name, logged in as them' }),
              body: z.string().meta({ description: 'Text of the customer, Markdown of support' }),
              created_at: instant,
              attachments: z
                .array(
                  z.strictObject({
                    name: z.string(),
                    type: z.enum([...ticketImageTypes, 'application/octet-stream']).meta({
                      description: 'By its first bytes; what is no image that may be shown is only to be saved',
                    }),
                    size: z.int().positive().meta({ description: 'Bytes' }),
                    url: z.string().meta({ description: 'GET it within five minutes, without any key' }),
                  }),
                )
                .meta({ description: 'Files that support has sent; none of the customer’s own' }),
            }),
          )
          .meta({ description: 'In the order they were said' }),
      }),
    )
    .meta({ description: 'The newest hundred tickets, and those with messages' }),
  support_sessions: z
    .array(z.strictObject({ started_at: instant, ended_at: instant.nullable() }))
    .meta({ description: 'When support was logged in as the customer, the newest ten; null while it is' }),
  after: instant.nullable().meta({ description: 'What to send as `after` with the next poll' }),
  has_more: z.boolean().meta({ description: 'Whether to poll again at once' }),
});
export type ClientTicketsResponse = z.infer<typeof clientTicketsResponse>;

export const clientTicket = {
  auth: 'none',
  request: clientTicketRequest,
  response: clientTicketResponse,
  errors: [
    'invalid_input',
    'invalid_json',
    'invalid_ticket_subject',
    'invalid_ticket_body',
    'too_many_ticket_attachments',
    'session_ended',
    'license_not_found',
    'ticket_not_found',
    'not_found',
    'method_not_allowed',
    'idempotency_conflict',
    'body_too_large',
    'ticket_attachment_too_large',
    'too_many_requests',
  ],
} as const;
