import { type CheckCode, checkCodes } from '../../supabase/contracts/constants/license-check.ts';
import {
  type CheckedLicense,
  checkRequest,
  type CheckResponse,
  type KeysResponse,
  sessionCheckRequest,
} from '../../supabase/contracts/functions/license-check.ts';
import { sessionOf } from '../_shared/client-session.ts';
import { methodNotAllowed, notFound, tooManyRequests } from '../_shared/errors.ts';
import { clientIp, type Handler, readJson, withErrors } from '../_shared/http.ts';
import type { LicenseSigner } from '../_shared/license-signer.ts';

export interface CheckRequest {
  ip: string;
  licenseKey: string;
  hwid: string;
  clientVersion: string | null;
  clientOs: string | null;
}

export interface Admission {
  allowed: boolean;
  retryAfterSeconds: number;
}

export interface CheckResult extends Admission {
  code: CheckCode | null;
  license: CheckedLicense | null;
  nextCheckInSeconds: number;
}

export interface Dependencies {
  /** Counts the request against its address and its licence and, if admitted, checks: one round trip. */
  check(request: CheckRequest): Promise<CheckResult>;
  /** The same in the name of a customer; nothing is noted of it. */
  checkSession(ip: string, session: string): Promise<CheckResult>;
  /** Counts a request that was malformed: those are limited as well. */
  admit(ip: string): Promise<Admission>;
  signer: LicenseSigner;
  now(): Date;
}

/**
 * POST `{license_key, hwid, client_version?, os?, nonce?}` → 200 `{valid, code, detail, license, nonce,
 * checked_at, next_check_in_seconds}`, signed (`x-signature`: Ed25519 over the raw body, base64; `x-key-id`).
 * With a session of staff as bearer token it stands for key and machine: SESSION_ENDED once it has ended.
 * GET `/keys` → `{keys: [JWK]}`. 400 malformed, 405, 413 over 64 KiB, 429 with Retry-After.
 */
export function createHandler(dependencies: Dependencies): Handler {
  return withErrors(async (request) => {
    const { pathname } = new URL(request.url);
    if (/\/license-check\/keys\/?$/.test(pathname)) return publicKeys(request, dependencies);
    if (!/\/license-check\/?$/.test(pathname)) throw notFound();
    if (request.method !== 'POST') throw methodNotAllowed(request.method, 'POST');
    return check(request, dependencies);
  });
}

function publicKeys(request: Request, { signer }: Dependencies): Response {
  if (request.method !== 'GET' && request.method !== 'HEAD') throw methodNotAllowed(request.method, 'GET, HEAD');
  return Response.json({ keys: signer.publicKeys } satisfies KeysResponse, {
    headers: { 'cache-control': 'public, max-age=3600', 'access-control-allow-origin': '*' },
  });
}

async function check(request: Request, dependencies: Dependencies): Promise<Response> {
  const { signer, now } = dependencies;
  const { result, nonce } = await ask(request, dependencies);
  if (!result.allowed || !result.code) throw tooManyRequests(result.retryAfterSeconds);
  const { valid, detail } = checkCodes[result.code];
  const answer: CheckResponse = {
    valid,
    code: result.code,
    detail,
    license: result.license,
    nonce: nonce ?? null,
    checked_at: now().toISOString(),
    next_check_in_seconds: result.nextCheckInSeconds,
  };
  const body = new TextEncoder().encode(JSON.stringify(answer));
  return new Response(body, {
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      'x-signature': await signer.sign(body),
      'x-key-id': signer.keyId,
    },
  });
}

type Asked = { result: CheckResult; nonce: string | null | undefined };

async function ask(request: Request, { check: run, checkSession, admit }: Dependencies): Promise<Asked> {
  const ip = clientIp(request);
  const refuse = async (error: unknown) => {
    const admission = await admit(ip);
    throw admission.allowed ? error : tooManyRequests(admission.retryAfterSeconds);
  };
  const session = sessionOf(request);
  if (session) {
    const { nonce } = await readJson(request, sessionCheckRequest).catch(refuse);
    return { result: await checkSession(ip, session), nonce };
  }
  const input = await readJson(request, checkRequest).catch(refuse);
  const result = await run({
    ip,
    licenseKey: input.license_key,
    hwid: input.hwid,
    clientVersion: input.client_version ?? null,
    clientOs: input.os ?? null,
  });
  return { result, nonce: input.nonce };
}
