import { z } from 'zod';
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
  code: 'VALID' | 'GRACE_PERIOD' | 'EXPIRED' | 'REVOKED' | 'NOT_FOUND' | 'HWID_MISMATCH' | null;
  license: Record<string, unknown> | null;
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

const details = {
  VALID: 'The licence is valid',
  GRACE_PERIOD: 'The licence has expired and works for a few days more',
  EXPIRED: 'The licence has expired',
  REVOKED: 'The licence was revoked',
  NOT_FOUND: 'No such licence',
  HWID_MISMATCH: 'The licence belongs to another machine',
} as const;

// NUL cannot be stored in Postgres text; everything else is only long or short.
const text = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine((value) => !value.includes('\0'), 'must not contain NUL');
const checkSchema = z.object({
  license_key: text(100),
  hwid: text(200),
  client_version: text(40).nullish(),
  os: text(80).nullish(),
  nonce: text(200).nullish(),
});

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
  return Response.json(
    { keys: signer.publicKeys },
    { headers: { 'cache-control': 'public, max-age=3600', 'access-control-allow-origin': '*' } },
  );
}

async function check(request: Request, { check: run, admit, signer, now }: Dependencies): Promise<Response> {
  const ip = clientIp(request);
  const input = await readJson(request, checkSchema).catch(async (error) => {
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
  const body = new TextEncoder().encode(
    JSON.stringify({
      valid: result.code === 'VALID' || result.code === 'GRACE_PERIOD',
      code: result.code,
      detail: details[result.code],
      license: result.license,
      nonce: input.nonce ?? null,
      checked_at: now().toISOString(),
      next_check_in_seconds: result.nextCheckInSeconds,
    }),
  );
  return new Response(body, {
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      'x-signature': await signer.sign(body),
      'x-key-id': signer.keyId,
    },
  });
}
