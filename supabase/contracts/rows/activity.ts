import { z } from 'zod';
import { paymentStatuses } from '../constants/billing.ts';
import { type CheckCode, checkCodes } from '../constants/license-check.ts';
import { logLevels } from '../constants/logs.ts';
import { ticketChannels, ticketPriorities, ticketStatuses } from '../constants/tickets.ts';
import { count, currency, id, instant, minor } from '../scalars.ts';
import { emailRow } from './email.ts';
import { eventRow } from './event.ts';

const activityPayment = z.strictObject({
  id,
  license_id: id.nullable(),
  status: z.enum(paymentStatuses),
  amount_cents: minor,
  refunded_cents: minor,
  currency,
  invoice_number: z.string().nullable(),
  failure_code: z.string().nullable(),
  payment_method: z.string().nullable(),
  card_brand: z.string().nullable(),
  card_last4: z.string().nullable(),
});

const activityTicket = z.strictObject({
  number: z.int(),
  subject: z.string(),
  status: z.enum(ticketStatuses),
  priority: z.enum(ticketPriorities),
  channel: z.enum(ticketChannels),
});

const activityLogGroup = z.strictObject({
  group_id: z.int(),
  title: z.string(),
  level: z.enum(logLevels),
  status: z.string(),
  /** Of this customer or licence. */
  lines: count,
});

const activityCheckIn = z.strictObject({
  code: z.enum(Object.keys(checkCodes) as [CheckCode, ...CheckCode[]]),
  first_at: instant,
  times: count,
  version: z.string().nullable(),
  is_own_machine: z.boolean(),
  license_id: id,
  license_key_hint: z.string(),
});

const entry = <Source extends string, Data extends z.ZodType>(source: Source, data: Data) =>
  z.strictObject({ at: instant, key: z.string(), source: z.literal(source), data });

/** One entry of a timeline, as its source has it. */
export const activityRow = z.discriminatedUnion('source', [
  entry('event', eventRow),
  entry('payment', activityPayment),
  entry('ticket_opened', activityTicket),
  entry('ticket_resolved', activityTicket),
  entry('log_group', activityLogGroup),
  entry('check_in', activityCheckIn),
  entry('mail', emailRow),
]);
export type ActivityRow = z.infer<typeof activityRow>;
