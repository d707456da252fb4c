import { clientSessionRequest, type ClientSessionResponse } from '../../supabase/contracts/functions/client-session.ts';
import type { ErrorCode } from '../../supabase/contracts/error-codes.generated.ts';
import { ApiError, methodNotAllowed, notFound, tooManyRequests } from '../_shared/errors.ts';
import { clientIp, type Handler, readJson, withErrors } from '../_shared/http.ts';

export interface Redemption {
  ip: string;
  userAgent: string;
  token: string;
  hwid: string;
}

export interface Admission {
  allowed: boolean;
  retryAfterSeconds: number;
}

/** The answer, or the code of a refusal. */
export interface Served extends Admission {
  code: ErrorCode | null;
  message: string | null;
  answer: ClientSessionResponse | null;
}

export interface Dependencies {
  /** Counts the attempt against its address and, if admitted, redeems: one round trip. */
  redeem(redemption: Redemption): Promise<Served>;
  /** Counts an attempt that was malformed: those are limited as well. */
  admit(ip: string): Promise<Admission>;
}

/**
 * POST `{token, hwid}` → `{session, expires_at, banner}`, once. What opens links before people do sends GET or HEAD:
 * 405, and the token is as good as before. 400 malformed, 401 unknown, used or older than a minute, 413, 429 with
 * Retry-After.
 */
export function createHandler({ redeem, admit }: Dependencies): Handler {
  return withErrors(async (request) => {
    if (!/\/client-session\/?$/.test(new URL(request.url).pathname)) throw notFound();
    if (request.method !== 'POST') throw methodNotAllowed(request.method, 'POST');
    const ip = clientIp(request);
    const { token, hwid } = await readJson(request, clientSessionRequest).catch(async (error) => {
      const admission = await admit(ip);
      throw admission.allowed ? error : tooManyRequests(admission.retryAfterSeconds);
    });
    const userAgent = request.headers.get('user-agent') ?? '';
    const { allowed, retryAfterSeconds, code, message, answer } = await redeem({ ip, userAgent, token, hwid });
    if (!allowed) throw tooManyRequests(retryAfterSeconds);
    if (code) throw new ApiError(code, message ?? code);
    return Response.json(answer, { headers: { 'cache-control': 'no-store' } });
  });
}
