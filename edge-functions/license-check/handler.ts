import { type CheckCode, checkCodes } from '../../supabase/contracts/constants/license-check.ts';
import {
  type CheckedLicense,
  checkRequest,
  type CheckResponse,
  type KeysResponse,
} from '../../supabase/contracts/functions/license-check.ts';
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
  /** Counts a request that was malformed: those are limited as well. */
  admit(ip: string): Promise<Admission>;
  signer: LicenseSigner;
  now(): Date;
}

/**
 * POST `{license_key, hwid, client_version?, os?, nonce?}` → 200 `{valid, code, detail, license, nonce,
 * checked_at, next_check_in_seconds}`, signed (`x-signature`: Ed25519 over the raw body, base64; `x-key-id`).
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

async function check(request: Request, { check: run, admit, signer, now }: Dependencies): Promise<Response> {
  const ip = clientIp(request);
  const input = await readJson(request, checkRequest).catch(async (error) => {
    const admission = await admit(ip);
    throw admission.allowed ? error : tooManyRequests(admission.retryAfterSeconds);
  });
  const result = await run({
    ip,
    licenseKey: input.license_key,
    hwid: input.hwid,
    clientVersion: input.client_version ?? null,
    clientOs: input.os ?? null,
  });
  if (!result.allowed || !result.code) throw tooManyRequests(result.retryAfterSeconds);
  const { valid, detail } = checkCodes[result.code];
  const answer: CheckResponse = {
    valid,
    code: result.code,
    detail,
    license: result.license,
    nonce: input.nonce ?? null,
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
