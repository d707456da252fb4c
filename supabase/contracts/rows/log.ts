import { z } from 'zod';
import { logGroupStatuses, logLevels } from '../constants/logs.ts';
import { count, data, id, instant } from '../scalars.ts';

/** A line of the log. */
export const logRow = z.strictObject({
  id: z.int().positive(),
  /** When it happened, held between 7 days before it was received and 5 minutes after. */
  at: instant,
  received_at: instant,
  /** When it happened as the sender said, where `at` had to be held. */
  occurred_at: instant.nullable(),
  level: z.enum(logLevels).nullable(),
  source: z.string(),
  message: z.string(),
  stack: z.string().nullable(),
  context: data.nullable(),
  version: z.string().nullable(),
  group_id: z.int().nullable(),
  license_id: id.nullable(),
  license_key_hint: z.string().nullable(),
  customer_id: id.nullable(),
  client: z.string().nullable(),
  /** Something that no text can hold was replaced. */
  is_repaired: z.boolean(),
  /** How long it was before it was cut. */
  original_bytes: z.int().nullable(),
});
export type LogRow = z.infer<typeof logRow>;

export const logGroupRow = z.strictObject({
  id: z.int().positive(),
  source: z.string(),
  level: z.enum(['warning', 'error']),
  title: z.string(),
  status: z.enum(logGroupStatuses),
  lines: count,
  first_seen_at: instant,
  last_seen_at: instant,
  first_version: z.string().nullable(),
  last_version: z.string().nullable(),
  /** How many it has hit. */
  licenses: count,
  versions: z.array(z.strictObject({ version: z.string(), lines: count, first_seen_at: instant })),
  /** Lines a day, 14 days up to today. */
  trend: z.array(count),
  ignored_until: instant.nullable(),
  ignored_until_lines: count.nullable(),
  resolved_at: instant.nullable(),
  resolved_version: z.string().nullable(),
  reopened_at: instant.nullable(),
  reopened_version: z.string().nullable(),
  assigned_to: id.nullable(),
  assigned_name: z.string().nullable(),
});
export type LogGroupRow = z.infer<typeof logGroupRow>;
