import { z } from 'zod';
import { LOG_BATCH_BYTES, LOG_BATCH_LINES, LOG_LINE_BYTES, logLevels } from '../constants/logs.ts';
import { day, instant } from '../scalars.ts';
import { storable } from './shared.ts';

const counted = (what: string) => z.int().min(0).max(2_147_483_647).nullish().meta({ description: what });

/** Counters of a day so far; they only grow. */
export const clientUsage = z.object({
  date: day.meta({ description: 'Day where the client is' }),
  messages_sent: counted('WhatsApp messages sent'),
  ai_queries: counted('Questions to Mistral AI'),
  campaigns_launched: counted('Campaigns launched'),
  errors_count: counted('Errors the client counted'),
  uptime_minutes: z.int().min(0).max(1_500).nullish().meta({ description: 'Minutes the product ran' }),
});
export type ClientUsage = z.infer<typeof clientUsage>;

/** A line of the log. Lines are read one by one: one that is malformed is rejected and costs no other. */
export const logLine = z.object({
  level: z.enum(logLevels).nullish(),
  source: z.string().min(1).max(64).meta({ description: 'The part that wrote it: Baileys, Mistral AI, or any other' }),
  message: z
    .string()
    .min(1)
    .meta({ description: `Beyond ${LOG_LINE_BYTES} bytes of message, stack and context a line is cut` }),
  stack: z.string().nullish().meta({ description: 'Stack trace, one frame a line' }),
  context: z.record(z.string(), z.unknown()).nullish(),
  occurred_at: instant.nullish().meta({ description: 'Held between 7 days before now and 5 minutes after' }),
  version: z.string().max(40).nullish().meta({ description: 'Version that wrote it, if not that of the last check' }),
});

/** What must be right for a report to be read at all. Unknown fields are let go. */
export const clientReportEnvelope = z.object({
  license_key: storable(100).meta({ description: 'As typed: case, spaces and separators do not matter' }),
  hwid: storable(200).meta({ description: 'The hardware identifier of this machine' }),
  idempotency_key: storable(160).meta({ description: 'Of this report: the same key is the same report' }),
  usage: z.array(z.unknown()).max(400).nullish(),
  features: z.record(z.string(), z.unknown()).nullish(),
  logs: z.array(z.unknown()).nullish(),
});

export const clientReportRequest = clientReportEnvelope.extend({
  usage: z.array(clientUsage).max(400).nullish(),
  features: z
    .record(z.string(), z.int().min(0))
    .nullish()
    .meta({ description: 'Uses of each feature since the last report' }),
  logs: z
    .array(logLine)
    .max(LOG_BATCH_LINES)
    .nullish()
    .meta({ description: `${LOG_BATCH_LINES} at most; the whole report ${LOG_BATCH_BYTES} bytes` }),
});

const rejected = z.strictObject({
  part: z.enum(['usage', 'features', 'logs']),
  index: z.int().min(0).meta({ description: 'Place in its list' }),
  code: z.string().meta({ description: 'invalid_log_line, invalid_usage or invalid_feature' }),
  field: z.string().meta({ description: 'What was wrong with it' }),
});

export const clientReportResponse = z.strictObject({
  accepted: z.strictObject({ usage: z.int(), logs: z.int() }),
  rejected: z.array(rejected),
  truncated: z.int().meta({ description: 'Lines that were cut' }),
  clock_skew_ms: z.int().meta({ description: 'From our clock to the newest line; positive when yours is ahead' }),
});
export type ClientReportResponse = z.infer<typeof clientReportResponse>;

export const clientReport = {
  auth: 'none',
  request: clientReportRequest,
  response: clientReportResponse,
  errors: [
    'invalid_input',
    'invalid_json',
    'license_not_found',
    'hwid_mismatch',
    'session_not_allowed',
    'not_found',
    'method_not_allowed',
    'body_too_large',
    'too_many_log_lines',
    'too_many_requests',
    'log_lag',
  ],
} as const;
