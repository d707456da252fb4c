import { z } from 'zod';
import { holidayRules } from '../constants/support-hours.ts';
import { ticketPriorities } from '../constants/tickets.ts';
import { count, day, id } from '../scalars.ts';

export const supportPeriod = z.strictObject({ weekday: z.int(), starts: z.string(), ends: z.string() });
const calendarFields = {
  name: z.string(),
  time_zone: z.string(),
  /** Refused when they overlap. */
  hours: z.array(supportPeriod),
  holiday_rule: z.enum(['none', 'france']),
};
const minutes = z.int().min(1).max(100_000).nullable();
const policyFields = {
  calendar_id: id,
  /** Working minutes; null promises nothing. */
  first_response_minutes: minutes,
  next_response_minutes: minutes,
  resolution_minutes: minutes,
  warn_minutes: z.int().min(0).max(10_000),
  /** A higher priority. */
  raise_to: z.enum(ticketPriorities).nullable(),
  is_reassigned: z.boolean(),
  /** Whether its clocks stand while a ticket waits for the customer. */
  is_paused_while_waiting: z.boolean(),
};
const decision = { name: z.string(), is_closed: z.boolean() };
const assignment = { is_enabled: z.boolean(), away_hours: z.int().min(1).max(200) };
const staffAssignment = { skills: z.array(z.string()), capacity: z.int().min(0).max(1000) };
/** Tickets whose next deadline moved. */
const moved = z.strictObject({ moved: count });

export const supportHoursRpc = {
  list_support_holidays: {
    args: z.strictObject({ calendar_id: id, year: z.int().min(1900).max(2200) }),
    result: z.strictObject({
      rows: z.array(
        z.strictObject({
          day,
          /** Of the calendar's rule; null for a day decided by hand. */
          rule: z.enum(holidayRules).nullable(),
          name: z.string().nullable(),
          /** False: worked although it is a holiday. */
          is_closed: z.boolean(),
        }),
      ),
    }),
  },
  save_support_calendar: {
    args: z.strictObject({
      /** Null for a new one. */
      calendar_id: id.nullable(),
      /** As it was read; null for a new one. */
      seen: z.strictObject(calendarFields).nullable(),
      ...calendarFields,
      holiday_rule: calendarFields.holiday_rule.optional(),
    }),
    result: moved.extend({ id }),
  },
  delete_support_calendar: {
    /** Refused while something is promised by it. */
    args: z.strictObject({ calendar_id: id, seen: z.strictObject(calendarFields) }),
    result: z.null(),
  },
  save_support_holiday: {
    args: z.strictObject({
      calendar_id: id,
      day,
      /** The decision that was read; null when there was none. */
      seen: z.strictObject(decision).nullish(),
      /** Null takes a decision back. */
      is_closed: z.boolean().nullish(),
      name: z.string().max(80).optional(),
    }),
    result: moved,
  },
  save_sla_policy: {
    args: z.strictObject({
      priority: z.enum(ticketPriorities),
      seen: z.strictObject(policyFields),
      ...policyFields,
    }),
    result: moved,
  },
  save_ticket_assignment: {
    args: z.strictObject({ seen: z.strictObject(assignment), ...assignment }),
    result: z.strictObject(assignment),
  },
  save_staff_assignment: {
    args: z.strictObject({ user_id: id, seen: z.strictObject(staffAssignment), ...staffAssignment }),
    result: z.strictObject({ user_id: id, ...staffAssignment }),
  },
} as const;
