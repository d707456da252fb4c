import { bodyTooLarge, invalidInput, invalidJson, renderError } from './errors.ts';
import type { ZodType } from 'zod';

export type Handler = (request: Request) => Promise<Response>;

/** Reads at most `limit` bytes: a body is refused as soon as it is too long, whatever its header says. */
export async function readBytes(request: Request, limit: number): Promise<Uint8Array> {
  const declared = request.headers.get('content-length');
  if (Number(declared ?? 0) > limit) throw bodyTooLarge(limit);
  if (declared !== null) {
    // The server holds the body to its length: reading it in one go is several times cheaper.
    const bytes = new Uint8Array(await request.arrayBuffer());
    if (bytes.length > limit) throw bodyTooLarge(limit);
    return bytes;
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.length;
    if (size > limit) throw bodyTooLarge(limit);
    chunks.push(chunk);
  }
  if (chunks.length === 1) return chunks[0]!;
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

/** The body as it came, for whoever must prove it. 413 `body_too_large`, 400 `invalid_json` when it is not UTF-8. */
export async function readText(request: Request, limit: number): Promise<string> {
  const bytes = await readBytes(request, limit);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw invalidJson(error);
  }
}

/** The JSON body, checked. Unknown fields are let go. 400 `invalid_json` or `invalid_input`, 413 `body_too_large`. */
export async function readJson<T>(request: Request, schema: ZodType<T>, limit = 64 * 1024): Promise<T> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(await readBytes(request, limit)));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) throw invalidJson(error);
    throw error;
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const issues = parsed.error.issues.map((issue) => ({ field: issue.path.join('.'), message: issue.message }));
    throw invalidInput(`Invalid ${issues[0]?.field || 'body'}: ${issues[0]?.message}`, issues);
  }
  return parsed.data;
}

/**
 * The client's address. Hosted stands behind Cloudflare, which appends to a client's own x-forwarded-for and overwrites
 * cf-connecting-ip; a proxy elsewhere must drop the latter and set the former.
 */
export function clientIp(request: Request): string {
  return (
    request.headers.get('cf-connecting-ip')?.trim() ||
    request.headers.get('x-forwarded-for')?.split(',')[0]?.trim() ||
    'unknown'
  );
}

/** Turns whatever a handler throws into an answer. */
export function withErrors(handler: Handler): Handler {
  return async (request) => {
    try {
      return await handler(request);
    } catch (error) {
      return renderError(error);
    }
  };
}

/** Lets the console's origin, and no other, call from a browser. */
export function withCors(handler: Handler, allowedOrigin: string): Handler {
  const origin = allowedOrigin.replace(/\/$/, '');
  return async (request) => {
    const response = request.method === 'OPTIONS' ? new Response(null, { status: 204 }) : await handler(request);
    response.headers.set('vary', 'origin');
    if (request.headers.get('origin') === origin) {
      response.headers.set('access-control-allow-origin', origin);
      response.headers.set(
        'access-control-allow-headers',
        'authorization, apikey, content-type, x-client-info, x-region, x-supabase-api-version',
      );
      response.headers.set('access-control-allow-methods', 'GET, POST, OPTIONS');
      response.headers.set('access-control-expose-headers', 'content-disposition, retry-after');
      response.headers.set('access-control-max-age', '600');
    }
    return response;
  };
}

/** Compares two secrets in a time that does not depend on where they differ. */
export async function secretsEqual(left: string, right: string): Promise<boolean> {
  const [a, b] = await Promise.all(
    [left, right].map(
      async (text) => new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))),
    ),
  );
  let difference = 0;
  for (let index = 0; index < a!.length; index += 1) difference |= a![index]! ^ b![index]!;
  return difference === 0;
}
