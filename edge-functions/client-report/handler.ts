import type { ErrorCode } from '../../supabase/contracts/error-codes.generated.ts';
import { LOG_BATCH_BYTES, LOG_BATCH_LINES } from '../../supabase/contracts/constants/logs.ts';
import {
  clientReportEnvelope,
  type ClientReportResponse,
  type ClientUsage,
  clientUsage,
} from '../../supabase/contracts/functions/client-report.ts';
import { sessionOf } from '../_shared/client-session.ts';
import { ApiError, methodNotAllowed, notFound, tooManyRequests } from '../_shared/errors.ts';
import { clientIp, type Handler, withErrors } from '../_shared/http.ts';
import { readBatch, refusedBatch, tooManyLines, wellFormed } from '../_shared/logs/batch.ts';
import { type LogLine, readLines } from '../_shared/logs/lines.ts';
import { type Masks, withSecrets } from '../_shared/logs/masks.ts';

export interface Report {
  ip: string;
  licenseKey: string;
  hwid: string;
  idempotencyKey: string;
  usage: ClientUsage[];
  features: Record<string, number>;
  lines: LogLine[];
  /** What the client is told when the report is kept. */
  answer: ClientReportResponse;
}

export interface Admission {
  allowed: boolean;
  retryAfterSeconds: number;
}

/** The answer of the report that was kept under the key, or the code of a refusal. */
export interface Served extends Admission {
  code: ErrorCode | null;
  message: string | null;
  result: ClientReportResponse | null;
}

export interface Dependencies {
  /** Counts the report against its address and licence and, if admitted, keeps it: one round trip. */
  receive(report: Report): Promise<Served>;
  /** Counts a report that was malformed: those are limited as well. */
  admit(ip: string): Promise<Admission>;
  masks(): Promise<Masks>;
  now(): Date;
}

/**
 * POST `{license_key, hwid, idempotency_key, usage?, features?, logs?}` → 202 `{accepted, rejected, truncated,
 * clock_skew_ms}`, the first answer again when the key comes again. 400 malformed, 403 another machine or a session of
 * staff, 404 no such licence, 405, 413 more than 1 MiB or 1,000 lines, 429 and 503 with Retry-After: the same report
 * may come again.
 */
export function createHandler(dependencies: Dependencies): Handler {
  return withErrors(async (request) => {
    if (!/\/client-report\/?$/.test(new URL(request.url).pathname)) throw notFound();
    if (request.method !== 'POST') throw methodNotAllowed(request.method, 'POST');
    const ip = clientIp(request);
    let report: Report;
    try {
      // What staff do in a customer's name is no use of his.
      if (sessionOf(request)) throw new ApiError('session_not_allowed', 'A session of staff reports nothing');
      report = await readReport(request, ip, dependencies);
    } catch (error) {
      const admission = await dependencies.admit(ip);
      throw admission.allowed ? error : tooManyRequests(admission.retryAfterSeconds);
    }
    const { allowed, retryAfterSeconds, code, message, result } = await dependencies.receive(report);
    if (!allowed) throw tooManyRequests(retryAfterSeconds);
    if (code) throw refusedBatch(code, message);
    return Response.json(result, { status: 202, headers: { 'cache-control': 'no-store' } });
  });
}

async function readReport(request: Request, ip: string, dependencies: Dependencies): Promise<Report> {
  const sent = await readBatch(request, clientReportEnvelope, LOG_BATCH_BYTES);
  const logs = sent.logs ?? [];
  if (logs.length > LOG_BATCH_LINES) throw tooManyLines();
  const masks = withSecrets(await dependencies.masks(), { license_key: sent.license_key, hwid: sent.hwid });
  const now = dependencies.now().getTime();
  const read = readLines(logs, { masks, now });
  const usage = readUsage(sent.usage ?? [], now);
  const features = readFeatures(sent.features ?? {});
  return {
    ip,
    licenseKey: sent.license_key,
    hwid: sent.hwid,
    idempotencyKey: wellFormed(sent.idempotency_key),
    usage: usage.days,
    features: features.uses,
    lines: read.lines,
    answer: {
      accepted: { usage: usage.days.length, logs: read.lines.length },
      rejected: [
        ...usage.rejected.map((one) => ({ part: 'usage' as const, ...one })),
        ...features.rejected.map((one) => ({ part: 'features' as const, ...one })),
        ...read.rejected.map((one) => ({ part: 'logs' as const, ...one })),
      ],
      truncated: read.truncated,
      clock_skew_ms: read.clockSkewMs,
    },
  };
}

type RejectedPart = Omit<ClientReportResponse['rejected'][number], 'part'>;

/** Days that can be: none after tomorrow, for a client may be ahead of us, and none older than 400 days. */
function readUsage(sent: readonly unknown[], now: number): { days: ClientUsage[]; rejected: RejectedPart[] } {
  const days: ClientUsage[] = [];
  const rejected: RejectedPart[] = [];
  const day = (offset: number) => new Date(now + offset * 86_400_000).toISOString().slice(0, 10);
  const [first, last] = [day(-400), day(1)];
  sent.forEach((value, index) => {
    const parsed = clientUsage.safeParse(value);
    if (!parsed.success) {
      const field = String(parsed.error.issues[0]!.path[0] ?? 'day');
      rejected.push({ index, code: 'invalid_usage' satisfies ErrorCode, field });
    } else if (parsed.data.date < first || parsed.data.date > last) {
      rejected.push({ index, code: 'invalid_usage' satisfies ErrorCode, field: 'date' });
    } else days.push(parsed.data);
  });
  return { days, rejected };
}

function readFeatures(sent: Record<string, unknown>): { uses: Record<string, number>; rejected: RejectedPart[] } {
  const uses = new Map<string, number>();
  const rejected: RejectedPart[] = [];
  Object.entries(sent).forEach(([given, count], index) => {
    const name = wellFormed(given.trim());
    const isName = name !== '' && [...name].length <= 64 && !/\p{Cc}/u.test(name) && index < 200;
    const total = (uses.get(name) ?? 0) + Number(count);
    if (isName && typeof count === 'number' && Number.isInteger(count) && count >= 0 && total <= 2_147_483_647) {
      uses.set(name, total);
    } else rejected.push({ index, code: 'invalid_feature' satisfies ErrorCode, field: isName ? 'count' : 'name' });
  });
  return { uses: Object.fromEntries(uses), rejected };
}
