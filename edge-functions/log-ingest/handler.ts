import type { ErrorCode } from '../../supabase/contracts/error-codes.generated.ts';
import { LOG_BATCH_BYTES, LOG_BATCH_LINES } from '../../supabase/contracts/constants/logs.ts';
import { logIngestEnvelope, type LogIngestResponse } from '../../supabase/contracts/functions/log-ingest.ts';
import { methodNotAllowed, notFound, tooManyRequests, unauthorized } from '../_shared/errors.ts';
import { clientIp, type Handler, withErrors } from '../_shared/http.ts';
import { readBatch, refusedBatch, tooManyLines, wellFormed } from '../_shared/logs/batch.ts';
import { type LogLine, readLines } from '../_shared/logs/lines.ts';
import { type Masks, withSecrets } from '../_shared/logs/masks.ts';

/** What the database says of a batch: the source of its token, and the answer of what was kept under its key. */
export interface Served {
  allowed: boolean;
  retryAfterSeconds: number;
  code: ErrorCode | null;
  message: string | null;
  source: string | null;
  result: LogIngestResponse | null;
}

export interface Batch {
  ip: string;
  token: string;
  idempotencyKey: string;
  lines: LogLine[];
  answer: LogIngestResponse;
}

export interface Dependencies {
  /** Looks the token up again and keeps the batch. */
  receive(batch: Batch): Promise<Served>;
  /** Whose token it is; counts against the address. */
  identify(ip: string, token: string): Promise<Served>;
  masks(): Promise<Masks>;
  now(): Date;
}

/**
 * POST `{idempotency_key, logs: [{level, message, stack?, context?, occurred_at?, version?}]}` with the bearer token of
 * a source → 202 `{accepted, rejected, truncated, clock_skew_ms}`, the first answer again when the key comes again. 400
 * malformed, 401 no such token, 405, 413 more than 1 MiB or 1,000 lines, 429 and 503 with Retry-After.
 */
export function createHandler(dependencies: Dependencies): Handler {
  return withErrors(async (request) => {
    if (!/\/log-ingest\/?$/.test(new URL(request.url).pathname)) throw notFound();
    if (request.method !== 'POST') throw methodNotAllowed(request.method, 'POST');
    const ip = clientIp(request);
    const token = /^Bearer ([\w-]{1,200})$/i.exec(request.headers.get('authorization') ?? '')?.[1];
    if (token === undefined) throw unauthorized('The bearer token of a log source is required');
    // Nobody who has no token makes us read a megabyte.
    const { source } = answered(await dependencies.identify(ip, token));
    const sent = await readBatch(request, logIngestEnvelope, LOG_BATCH_BYTES);
    if (sent.logs.length > LOG_BATCH_LINES) throw tooManyLines();
    const masks = withSecrets(await dependencies.masks(), { token });
    const read = readLines(sent.logs, { masks, now: dependencies.now().getTime(), source: source! });
    const { result } = answered(
      await dependencies.receive({
        ip,
        token,
        idempotencyKey: wellFormed(sent.idempotency_key),
        lines: read.lines,
        answer: {
          accepted: { logs: read.lines.length },
          rejected: read.rejected.map((one) => ({ part: 'logs' as const, ...one })),
          truncated: read.truncated,
          clock_skew_ms: read.clockSkewMs,
        },
      }),
    );
    return Response.json(result, { status: 202, headers: { 'cache-control': 'no-store' } });
  });
}

function answered(served: Served): Served {
  if (!served.allowed) throw tooManyRequests(served.retryAfterSeconds);
  if (served.code) throw refusedBatch(served.code, served.message);
  return served;
}
