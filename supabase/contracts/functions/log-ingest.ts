import { z } from 'zod';
import { LOG_BATCH_LINES } from '../constants/logs.ts';
import { clientReportResponse, logLine } from './client-report.ts';
import { storable } from './shared.ts';

export const logIngestEnvelope = z.object({
  idempotency_key: storable(160).meta({ description: 'Of this batch: the same key is the same batch' }),
  logs: z.array(z.unknown()),
});

export const logIngestRequest = logIngestEnvelope.extend({
  logs: z.array(logLine.omit({ source: true })).max(LOG_BATCH_LINES),
});

export const logIngestResponse = clientReportResponse
  .omit({ accepted: true })
  .extend({ accepted: z.strictObject({ logs: z.int() }) });
export type LogIngestResponse = z.infer<typeof logIngestResponse>;

export const logIngest = {
  auth: 'log source',
  request: logIngestRequest,
  response: logIngestResponse,
  errors: [
    'invalid_input',
    'invalid_json',
    'unauthorized',
    'not_found',
    'method_not_allowed',
    'body_too_large',
    'too_many_log_lines',
    'too_many_requests',
    'log_lag',
  ],
} as const;
