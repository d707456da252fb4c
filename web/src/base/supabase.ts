import type { Database } from '@contracts/database.types.ts';
import { createClient } from '@supabase/supabase-js';
import { doubtConnection } from './connection.ts';
import { storableJson } from './storable.ts';

export interface Landing {
  type: string | null;
  errorCode: string | null;
}

/** What an e-mailed link said in its fragment; read before supabase-js consumes it. */
export function parseLanding(hash: string): Landing | null {
  const fields = new URLSearchParams(hash.replace(/^#/, ''));
  const type = fields.get('type');
  const errorCode = fields.get('error_code') ?? fields.get('error');
  return type || errorCode ? { type, errorCode } : null;
}

export const landing = parseLanding(typeof location === 'undefined' ? '' : location.hash);

const LONGEST_MS = 30_000;
/** What the slowest line still carries, 16 kB a second: a large file may take as long as it needs. */
const SLOWEST_BYTES_A_MS = 16;

/** A request has an end: whoever waits is told, rather than shown a skeleton for ever. */
async function fetchInTime(input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
  const size = typeof init.body === 'string' ? init.body.length : 0;
  const limit = AbortSignal.timeout(LONGEST_MS + size / SLOWEST_BYTES_A_MS);
  try {
    return await fetch(input, { ...init, signal: init.signal ? AbortSignal.any([init.signal, limit]) : limit });
  } catch (error) {
    if (!init.signal?.aborted) doubtConnection();
    throw error;
  }
}

/** Everything that the console writes passes here; a password is not ours to change. */
const storableInit = (input: RequestInfo | URL, init?: RequestInit): RequestInit | undefined =>
  typeof init?.body === 'string' &&
  /\/(rest|functions)\/v1\//.test(input instanceof Request ? input.url : String(input))
    ? { ...init, body: storableJson(init.body) }
    : init;

/** PostgREST's error object carries no headers; the request id is copied into the body so that it can be shown. */
export async function fetchWithRequestId(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const response = await fetchInTime(input, storableInit(input, init));
  const requestId = response.headers.get('x-request-id') ?? response.headers.get('sb-request-id');
  if (response.ok || !requestId || !response.url.includes('/rest/v1/')) return response;
  const text = await response.text();
  let body = text;
  try {
    body = JSON.stringify({ ...(JSON.parse(text) as object), request_id: requestId });
  } catch {
    // Not JSON (a proxy's page): the caller reports the text as it came.
  }
  const headers = new Headers(response.headers);
  headers.delete('content-length');
  headers.delete('content-encoding');
  return new Response(body, { status: response.status, statusText: response.statusText, headers });
}

export const supabase = createClient<Database>(
  import.meta.env.VITE_SUPABASE_URL,
  import.meta.env.VITE_SUPABASE_PUBLISHABLE_KEY,
  {
    auth: { persistSession: true, autoRefreshToken: true, detectSessionInUrl: true },
    global: { fetch: fetchWithRequestId },
    // The queries try again themselves.
    db: { retry: false },
  },
);
