import { vi } from 'vitest';

type Answer = (body: unknown, url: URL) => unknown;

export class ApiFailure {
  constructor(
    readonly status: number,
    readonly body: Record<string, unknown>,
    readonly headers: Record<string, string> = {},
  ) {}
}

/** Requests nothing answered; `setup.ts` fails the test that made them. */
export const networkCalls: string[] = [];

export const refuseNetwork = (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
  networkCalls.push(`${init?.method ?? 'GET'} ${String(input instanceof Request ? input.url : input)}`);
  return Promise.reject(new TypeError('Failed to fetch'));
};

export interface ApiCall {
  route: string;
  body: unknown;
}

const EVERY_LIST_ASKS: Record<string, Answer> = { 'GET /rest/v1/saved_views': () => [] };

/** Answers requests by “METHOD /path”. One that returns an `ApiFailure` is that failure. Returns the calls made. */
export function mockApi(answers: Record<string, Answer>): ApiCall[] {
  const calls: ApiCall[] = [];
  vi.stubGlobal('fetch', async (input: RequestInfo | URL, init?: RequestInit) => {
    const url = new URL(String(input instanceof Request ? input.url : input));
    const route = `${init?.method ?? 'GET'} ${url.pathname}`;
    const answer = answers[route] ?? EVERY_LIST_ASKS[route];
    if (!answer) return refuseNetwork(input, init);
    const body: unknown = typeof init?.body === 'string' ? JSON.parse(init.body) : null;
    if (answers[route]) calls.push({ route, body });
    const result = answer(body, url);
    const failed = result instanceof ApiFailure;
    const response = new Response(JSON.stringify(failed ? result.body : (result ?? null)), {
      status: failed ? result.status : 200,
      headers: { 'content-type': 'application/json', ...(failed ? result.headers : {}) },
    });
    Object.defineProperty(response, 'url', { value: url.href });
    return response;
  });
  return calls;
}
