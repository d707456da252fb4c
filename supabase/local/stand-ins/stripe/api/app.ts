import { createHash } from 'node:crypto';
import type { Core } from '../core.ts';
import { errors, type RateLimit, StripeFailure } from '../errors.ts';
import { parseForm } from '../form.ts';
import { Params } from '../params.ts';
import { expand } from './expand.ts';
import { routes } from './routes/index.ts';

export interface Trouble {
  downUntil: number;
  rateLimited: number;
  /** What such a refusal says. */
  rateLimit: RateLimit;
  slowMs: number;
  /** Changes that are made and whose answer is lost on the way; requests for changes that never arrive. */
  answersLost: number;
  requestsLost: number;
}

/** The connection is cut: nobody is answered. */
class ConnectionCut extends Error {}

/** Loses what it is told to lose of the requests that change something. */
export function withLosses(trouble: Trouble, answer: (request: Request) => Promise<Response>) {
  return async (request: Request): Promise<Response> => {
    if (request.method === 'GET') return answer(request);
    if (trouble.requestsLost > 0) {
      trouble.requestsLost -= 1;
      throw new ConnectionCut('The connection was cut before the request arrived');
    }
    const response = await answer(request);
    if (trouble.answersLost > 0) {
      trouble.answersLost -= 1;
      throw new ConnectionCut('The connection was cut before the answer arrived');
    }
    return response;
  };
}

const compiled = routes.map(([method, path, handler]) => ({
  method,
  pattern: new RegExp(`^/v1/${path.replace(':id', '([^/]+)')}$`),
  handler,
}));
const dayOfKeys = 86_400;

/** Stripe's API over the state: authentication, idempotency keys, form input, expansion, error shapes. */
export function createApi(
  core: Core,
  options: { apiKey: string; trouble: Trouble; machineNow: () => number; before: () => void; after: () => void },
) {
  return async (request: Request): Promise<Response> => {
    const requestId = core.id('req', 14);
    const given = request.method === 'POST' ? request.headers.get('idempotency-key') : null;
    const idempotencyKey: Record<string, string> = given ? { 'idempotency-key': given } : {};
    const answer = (status: number, body: string, headers: Record<string, string> = {}) =>
      new Response(body, {
        status,
        headers: {
          'content-type': 'application/json',
          'request-id': requestId,
          ...idempotencyKey,
          'stripe-version': request.headers.get('stripe-version') ?? '2026-10-28.endive',
          date: new Date(core.now() * 1000).toUTCString(),
          ...headers,
        },
      });
    const fail = (failure: StripeFailure) =>
      answer(
        failure.status,
        JSON.stringify({ error: { ...failure.body, request_log_url: core.url(`/logs/${requestId}`) } }),
        { ...(failure.status === 503 ? { 'stripe-should-retry': 'false' } : {}), ...failure.headers },
      );
    try {
      if (options.trouble.slowMs > 0) await new Promise((resolve) => setTimeout(resolve, options.trouble.slowMs));
      if (options.machineNow() < options.trouble.downUntil) throw errors.down();
      authenticate(request, options.apiKey);
      if (options.trouble.rateLimited > 0) {
        options.trouble.rateLimited -= 1;
        throw errors.rateLimit(options.trouble.rateLimit);
      }
      options.before();
      const url = new URL(request.url);
      const text = request.method === 'GET' ? url.search.slice(1) : await request.text();
      if (!given)
        return answer(
          200,
          run(core, request.method, url.pathname, text || url.search.slice(1), {
            id: requestId,
            idempotency_key: null,
          }),
        );
      return once(
        core,
        given,
        fingerprint(url.pathname, text),
        () => run(core, request.method, url.pathname, text, { id: requestId, idempotency_key: given }),
        answer,
        fail,
      );
    } catch (error) {
      if (error instanceof StripeFailure) return fail(error);
      console.error('Stripe stand-in failed', error);
      return fail(errors.unexpected());
    } finally {
      options.after();
    }
  };
}

function authenticate(request: Request, apiKey: string): void {
  const given = request.headers.get('authorization') ?? '';
  const key =
    /^Bearer (.+)$/i.exec(given)?.[1] ??
    (/^Basic (.+)$/i.test(given) ? Buffer.from(given.slice(6), 'base64').toString().split(':')[0] : undefined);
  if (!key) throw errors.unauthenticated();
  if (key !== apiKey) throw errors.wrongKey(key);
}

const fingerprint = (path: string, text: string) => createHash('sha256').update(`${path}\n${text}`).digest('hex');

/** The same key again is answered as before; whatever Stripe would not have begun may be tried again. */
function once(
  core: Core,
  key: string,
  print: string,
  work: () => string,
  answer: (status: number, body: string, headers?: Record<string, string>) => Response,
  fail: (failure: StripeFailure) => Response,
): Response {
  const before = core.store.answers.get(key);
  if (before && before.created > core.now() - dayOfKeys) {
    if (before.fingerprint !== print) throw errors.idempotencyParams(key);
    return answer(before.status, before.body, { 'idempotent-replayed': 'true' });
  }
  try {
    const body = work();
    core.store.answers.put({ id: key, created: core.now(), fingerprint: print, status: 200, body });
    return answer(200, body);
  } catch (error) {
    if (!(error instanceof StripeFailure) || error.isBeforeExecution) throw error;
    const response = fail(error);
    core.store.answers.put({
      id: key,
      created: core.now(),
      fingerprint: print,
      status: error.status,
      body: JSON.stringify({ error: error.body }),
    });
    return response;
  }
}

function run(core: Core, method: string, path: string, text: string, origin: Core['request']): string {
  const route = compiled.find((one) => one.method === method && one.pattern.test(path));
  if (!route) throw errors.noRoute(method, path);
  const form = parseForm(text);
  const paths = (form['expand'] as string[] | undefined) ?? [];
  delete form['expand'];
  const id = decodeURIComponent(route.pattern.exec(path)?.[1] ?? '');
  core.request = origin;
  try {
    const result = core.store.transaction(
      () => route.handler(core, new Params(form), id),
      (error) => error instanceof StripeFailure && error.keeps,
    );
    return JSON.stringify(expand(core, result, paths));
  } finally {
    core.request = null;
  }
}
