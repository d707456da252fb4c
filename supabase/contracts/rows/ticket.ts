import { z } from 'zod';
import { licenseStatuses } from '../constants/licenses.ts';
import {
  ticketBreaches,
  ticketChannels,
  ticketClocks,
  ticketFileRefusals,
  ticketFileStatuses,
  ticketImageTypes,
  ticketPriorities,
  ticketStatuses,
} from '../constants/tickets.ts';
import { count, currency, data, day, id, instant, minor, planCode } from '../scalars.ts';

const status = z.enum(ticketStatuses);
/** What people say: #1245. */
export const ticketNumber = z.int().positive();

/** A ticket as lists show it. */
export const ticketRow = z.strictObject({
  id,
  number: ticketNumber,
  subject: z.string(),
  status,
  priority: z.enum(ticketPriorities),
  channel: z.enum(ticketChannels),
  customer_id: id.nullable(),
  license_id: id.nullable(),
  customer_email: z.string().nullable(),
  /** Of the customer, or the name the sender gives while nobody knows him. */
  customer_name: z.string().nullable(),
  /** Of a sender nobody has confirmed as a customer. */
  from_address: z.string().nullable(),
  from_name: z.string().nullable(),
  assigned_to: id.nullable(),
  assigned_name: z.string().nullable(),
  /** The number of the ticket that goes on in its place. */
  merged_into: ticketNumber.nullable(),
  /** The number of the closed ticket whose answer opened this one. */
  follows: ticketNumber.nullable(),
  /** The product wrote from another machine than the licence's. */
  is_other_machine: z.boolean(),
  snoozed_until: instant.nullable(),
  tags: z.array(z.string()),
  last_message_at: instant.nullable(),
  last_author: z.enum(['customer', 'staff']).nullable(),
  /** Since when an answer of ours is awaited. */
  asked_at: instant.nullable(),
  first_responded_at: instant.nullable(),
  resolved_at: instant.nullable(),
  closed_at: instant.nullable(),
  first_response_due_at: instant.nullable(),
  next_response_due_at: instant.nullable(),
  resolution_due_at: instant.nullable(),
  /** The first deadline that runs. */
  due_at: instant.nullable(),
  warn_at: instant.nullable(),
  /** Whether a deadline was ever missed. */
  is_breached: z.boolean(),
  /** Working seconds. */
  first_response_seconds: count.nullable(),
  /** Working seconds, without those it waited for the customer. */
  resolution_seconds: count.nullable(),
  created_at: instant,
  updated_at: instant,
});
export type TicketRow = z.infer<typeof ticketRow>;

export const foundTicket = ticketRow.extend({
  is_unread: z.boolean(),
  /** What was found stands between U+E000 and U+E001; null without a search. */
  headline: z.string().nullable(),
});
export type FoundTicket = z.infer<typeof foundTicket>;

export const ticketMessage = z.strictObject({
  id,
  sequence: z.int(),
  /** A bounce's body is the address and its code; an unreadable mail has none. */
  kind: z.enum(['message', 'auto_reply', 'bounce', 'unreadable']),
  author_kind: z.enum(['customer', 'staff']),
  author_id: id.nullable(),
  author_name: z.string().nullable(),
  /** Member of staff who wrote it as the customer, logged in as them. */
  written_by: id.nullable(),
  written_by_name: z.string().nullable(),
  from_address: z.string().nullable(),
  from_name: z.string().nullable(),
  /** A stranger's words: the customer does not see them until accepted. */
  is_verified: z.boolean(),
  channel: z.enum(ticketChannels),
  /** Of a mail that came under another than its ticket's. */
  subject: z.string().nullable(),
  /** Text of a customer, Markdown of staff. */
  body: z.string(),
  /** What a mail quotes of earlier ones. */
  quoted: z.string().nullable(),
  /** The mail is kept as it came: `get_original_mail`. */
  has_original: z.boolean(),
  /** Not yet for the customer. */
  held_until: instant.nullable(),
  /** Taken back while it was held. */
  withdrawn_at: instant.nullable(),
  created_at: instant,
});
export type TicketMessage = z.infer<typeof ticketMessage>;

export const ticketNote = z.strictObject({
  id,
  author_id: id.nullable(),
  author_name: z.string().nullable(),
  body: z.string(),
  created_at: instant,
});
export type TicketNote = z.infer<typeof ticketNote>;

export const ticketDraft = z.strictObject({
  kind: z.enum(['public', 'note']),
  body: z.string(),
  seen_message_id: id.nullable(),
  updated_at: instant,
});
export type TicketDraft = z.infer<typeof ticketDraft>;

export const ticketAttachment = z.strictObject({
  id,
  /** What it came with; of a draft its author's alone. */
  message_id: id.nullable(),
  note_id: id.nullable(),
  draft_kind: z.enum(['public', 'note']).nullable(),
  /** Null: it came from the customer. */
  uploaded_by: id.nullable(),
  name: z.string(),
  /** Bytes, as announced until it was checked. */
  size: count,
  /** Offered to nobody while it is pending. */
  status: z.enum(ticketFileStatuses),
  /** By its first bytes: an image that is shown, or what is only downloaded. */
  content_type: z.enum([...ticketImageTypes, 'application/octet-stream']).nullable(),
  refusal: z.enum(ticketFileRefusals).nullable(),
  created_at: instant,
});
export type TicketAttachment = z.infer<typeof ticketAttachment>;

export const ticketEvent = z.strictObject({
  id: z.int(),
  kind: z.string(),
  actor_kind: z.enum(['staff', 'customer', 'system']),
  actor_id: id.nullable(),
  actor_name: z.string().nullable(),
  data,
  created_at: instant,
});
export type TicketEvent = z.infer<typeof ticketEvent>;

/** What a ticket is promised, in working minutes of a calendar, and how its clocks stand. */
export const ticketSla = z.strictObject({
  /** The one that counts: not what a broken promise raised it to. */
  priority: z.enum(ticketPriorities),
  calendar_name: z.string(),
  time_zone: z.string(),
  is_working: z.boolean(),
  first_response_minutes: count.nullable(),
  next_response_minutes: count.nullable(),
  resolution_minutes: count.nullable(),
  clocks: z.array(
    z.strictObject({
      clock: z.enum(ticketClocks),
      started_at: instant,
      /** When the promise was kept, late or not; null before. */
      stopped_at: instant.nullable(),
      /** Null while the clock stands, or nothing is promised. */
      due_at: instant.nullable(),
      warn_at: instant.nullable(),
      is_running: z.boolean(),
      is_late: z.boolean(),
      /** Working seconds it ran; null before it stopped. */
      seconds: count.nullable(),
    }),
  ),
});
export type TicketSla = z.infer<typeof ticketSla>;

export const ticketDetails = ticketRow.extend({
  messages: z.array(ticketMessage),
  notes: z.array(ticketNote),
  /** The caller's own. */
  drafts: z.array(ticketDraft),
  /** Of drafts the caller's own. */
  attachments: z.array(ticketAttachment),
  timeline: z.array(ticketEvent),
  sla: ticketSla,
  read_at: instant.nullable(),
  customer: z
    .strictObject({
      id,
      email: z.string(),
      name: z.string().nullable(),
      company: z.string().nullable(),
      locale: z.string(),
      anonymized_at: instant.nullable(),
    })
    .nullable(),
  /** The ticket's own licence, else the customer's newest. */
  license: z
    .strictObject({
      id,
      license_key_hint: z.string(),
      plan: planCode,
      status: z.enum(licenseStatuses),
      expires_at: instant,
      last_check_in: instant.nullable(),
      client_version: z.string().nullable(),
      client_os: z.string().nullable(),
      is_of_ticket: z.boolean(),
    })
    .nullable(),
  last_payment: z.strictObject({ id, amount: minor, currency, status: z.string(), payment_date: instant }).nullable(),
  /** The last licence check that was refused. */
  last_refusal: z.strictObject({ code: z.string(), checked_at: instant, times: count }).nullable(),
  related: z.array(z.strictObject({ number: ticketNumber, subject: z.string(), status, created_at: instant })),
});
export type TicketDetails = z.infer<typeof ticketDetails>;

/** What was said since an answer was begun: the details of `ticket_changed`. */
export const ticketSaidSince = z.array(
  z.strictObject({
    id,
    author_kind: z.enum(['customer', 'staff']),
    author_id: id.nullable(),
    author_name: z.string().nullable(),
    body: z.string(),
    created_at: instant,
  }),
);
export type TicketSaidSince = z.infer<typeof ticketSaidSince>;

/** Arguments of `search_tickets` that open the tickets of a figure. */
export const ticketFilter = z.strictObject({
  folder: z.literal('all'),
  created_from: day,
  created_to: day,
  assigned_to: id.optional(),
  is_assigned: z.boolean().optional(),
  priorities: z.array(z.enum(ticketPriorities)).optional(),
  tags: z.array(z.string()).optional(),
  statuses: z.array(status).optional(),
  is_answered: z.boolean().optional(),
  breached: z.enum(ticketBreaches).optional(),
});
export type TicketFilter = z.infer<typeof ticketFilter>;

const counted = z.strictObject({ count, filter: ticketFilter });
/** Working seconds; null when there are none. */
const timed = counted.extend({ median_seconds: count.nullable(), p90_seconds: count.nullable() });

/** Figures of a group of tickets. */
export const ticketFigures = z.strictObject({
  /** Of the group: an id, a priority, a tag, the Monday of a week; null for the total, and for nobody's tickets. */
  key: z.string().nullable(),
  label: z.string().nullable(),
  tickets: counted,
  first_response: timed,
  resolution: timed,
  breaches: counted,
  /** That deadline alone: together with `several_breaches` they are all of `breaches`. */
  first_response_breaches: counted,
  next_response_breaches: counted,
  resolution_breaches: counted,
  several_breaches: counted,
});
export type TicketFigures = z.infer<typeof ticketFigures>;
