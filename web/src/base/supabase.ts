import type { Database } from '@contracts/database.types.ts';
import { createClient } from '@supabase/supabase-js';

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

/** PostgREST's error object carries no headers; the request id is copied into the body so that it can be shown. */
export async function fetchWithRequestId(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const response = await fetch(input, init);
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
  },
);
