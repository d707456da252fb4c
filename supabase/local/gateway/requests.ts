import type { IncomingMessage } from 'node:http';

/** What the parts answer; the platform's own gateway lets no other through, nor does the Fetch API. */
const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
const hostShape = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;

export interface Refusal {
  status: 400 | 405;
  code: string;
  message: string;
}

/** What is wrong with the head of a request, before any part sees it. A proxy's absolute target becomes a path. */
export function refuseHead(request: IncomingMessage): Refusal | undefined {
  const { method = '', headers, url = '' } = request;
  if (!methods.has(method))
    return { status: 405, code: 'method_not_allowed', message: `Method ${method} is not supported` };
  if (!hostShape.test(headers.host ?? '') || !URL.canParse(`http://${headers.host}`))
    return { status: 400, code: 'bad_host', message: 'The Host header names no host' };
  if (url.startsWith('/')) return undefined;
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url))
    return { status: 400, code: 'bad_target', message: 'The target of the request is no path' };
  const { pathname, search } = new URL(url);
  request.url = pathname + search;
  return undefined;
}

/** Whether the path stands for a text that PostgreSQL can hold: escapes that are none and null characters do not. */
export function isReadablePath(path: string): boolean {
  try {
    return !decodeURIComponent(path).includes('\0');
  } catch {
    return false;
  }
}

/** For `JSON.parse`: PostgreSQL stores neither the null character nor half a surrogate pair, in text as in jsonb. */
export function refuseUnstorable(key: string, value: unknown): unknown {
  const texts = typeof value === 'string' ? [key, value] : [key];
  if (texts.some((text) => /[\0\p{Surrogate}]/u.test(text)))
    throw new SyntaxError('a text holds a character that cannot be stored');
  return value;
}
