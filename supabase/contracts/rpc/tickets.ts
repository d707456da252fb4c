import { z } from 'zod';
import {
  ticketBreaches,
  ticketChannels,
  ticketFolders,
  ticketPriorities,
  ticketReportGroups,
  ticketSorts,
  ticketStatuses,
} from '../constants/tickets.ts';
import {
  foundTicket,
  ticketDetails,
  ticketFigures,
  ticketMessage,
  ticketNote,
  ticketNumber,
  ticketRow,
} from '../rows/ticket.ts';
import { count, day, id, instant, paging, searchText } from '../scalars.ts';

const body = z.string().max(100_000);
/** The same key is the same act, however often it is sent. */
const idempotencyKey = z.string().min(1).max(200).nullish();

export const ticketRpc = {
  search_tickets: {
    args: z.strictObject({
      query: searchText,
      folder: z.enum([...ticketFolders, 'all']).optional(),
      statuses: z.array(z.enum(ticketStatuses)).nullish(),
      priorities: z.array(z.enum(ticketPriorities)).nullish(),
      assigned_to: id.nullish(),
      /** All of them. */
      tags: z.array(z.string()).nullish(),
      channel: z.enum(ticketChannels).nullish(),
      customer_id: id.nullish(),
      license_id: id.nullish(),
      /** Days of the business, both included. */
      created_from: day.nullish(),
      created_to: day.nullish(),
      is_assigned: z.boolean().nullish(),
      is_answered: z.boolean().nullish(),
      breached: z.enum(ticketBreaches).nullish(),
      sort: z.enum(ticketSorts).optional(),
      ...paging,
    }),
    /** `total` is 10,000 at most; `is_more` when there are more. */
    result: z.strictObject({ total: count, is_more: z.boolean(), rows: z.array(foundTicket) }),
  },
  count_ticket_folders: { args: z.strictObject({}), result: z.record(z.enum(ticketFolders), count) },
  get_ticket: { args: z.strictObject({ ticket_number: ticketNumber }), result: ticketDetails },
  create_ticket: {
    args: z.strictObject({
      license_id: id.nullish(),
      customer_id: id.nullish(),
      /** Refused without one. */
      subject: z.string().max(255).nullish(),
      /** A first message to the customer, in Markdown. */
      body: body.nullish(),
      priority: z.enum(ticketPriorities).optional(),
      idempotency_key: idempotencyKey,
    }),
    result: ticketRow,
  },
  reply_ticket: {
    args: z.strictObject({
      ticket_number: ticketNumber,
      kind: z.enum(['public', 'note']).optional(),
      /** Refused without one. */
      body: body.nullish(),
      /** The last public message its author saw. */
      last_message_id: id.nullish(),
      idempotency_key: idempotencyKey,
      next_status: z.enum(ticketStatuses).nullish(),
      /** How long an answer can be taken back. */
      hold_seconds: z.int().min(0).max(60).optional(),
    }),
    result: z.strictObject({
      ticket: ticketRow,
      message: ticketMessage.omit({ author_name: true, written_by_name: true }).extend({ ticket_id: id }).nullable(),
      note: ticketNote.omit({ author_name: true }).extend({ ticket_id: id }).nullable(),
    }),
  },
  undo_ticket_reply: { args: z.strictObject({ message_id: id }), result: ticketRow },
  update_ticket: {
    args: z.strictObject({
      ticket_number: ticketNumber,
      /** What is left out stays; null clears. */
      changes: z
        .strictObject({
          subject: z.string().max(255).optional(),
          status: z.enum(ticketStatuses).optional(),
          priority: z.enum(ticketPriorities).optional(),
          assigned_to: id.nullish(),
          /** All of them. */
          tags: z.array(z.string()).nullish(),
          /** What others have added meanwhile stays. */
          add_tags: z.array(z.string()).nullish(),
          remove_tags: z.array(z.string()).nullish(),
          license_id: id.nullish(),
          customer_id: id.optional(),
          snoozed_until: instant.nullish(),
        })
        .optional(),
    }),
    result: ticketRow,
  },
  remove_ticket_attachment: { args: z.strictObject({ attachment_id: id }), result: z.boolean() },
  confirm_ticket_sender: { args: z.strictObject({ ticket_number: ticketNumber }), result: ticketRow },
  accept_ticket_sender: { args: z.strictObject({ message_id: id }), result: ticketRow },
  retry_ticket_mail: { args: z.strictObject({ message_id: id }), result: z.null() },
  get_original_mail: {
    args: z.strictObject({ message_id: id }),
    /** Base64 of its bytes. */
    result: z.strictObject({ content: z.base64() }),
  },
  list_ticket_assignees: {
    args: z.strictObject({}),
    result: z.array(z.strictObject({ user_id: id, display_name: z.string() })),
  },
  set_support_presence: {
    args: z.strictObject({
      /** Null is a sign of life: the switch stays as it is. */
      is_available: z.boolean().nullish(),
    }),
    result: z.strictObject({
      user_id: id,
      is_available: z.boolean(),
      heartbeat_at: instant.nullable(),
      capacity: count,
    }),
  },
  report_tickets: {
    args: z.strictObject({ from_day: day, to_day: day, group_by: z.enum(ticketReportGroups).optional() }),
    result: z.strictObject({
      time_zone: z.string(),
      /** Null when there are none. */
      total: ticketFigures.nullable(),
      rows: z.array(ticketFigures),
    }),
  },
  merge_tickets: {
    args: z.strictObject({ ticket_number: ticketNumber, into_number: ticketNumber }),
    result: ticketRow,
  },
} as const;
