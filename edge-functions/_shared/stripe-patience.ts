import type Stripe from 'stripe';

type Client = ReturnType<typeof Stripe.createFetchHttpClient>;
type Answer = Awaited<ReturnType<Client['makeRequest']>>;

export interface Patience {
  /** What one request may wait in all: a part of the function's own time. */
  totalMs: number;
  sleep(milliseconds: number): Promise<unknown>;
  now(): number;
}

/** The SDK's own pauses between two attempts. */
const firstPauseMs = 500;
const longestPauseMs = 5_000;
const backOffMs = (attempt: number) => Math.min(firstPauseMs * 2 ** attempt, longestPauseMs);

/** Seconds, or a date. */
function askedMs(header: unknown, now: number): number {
  if (typeof header !== 'string' || header === '') return 0;
  const seconds = Number(header);
  const wait = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - now;
  return Number.isFinite(wait) ? Math.max(0, wait) : 0;
}

/** The SDK makes no attempt more of what has been waited for already. */
const final = (response: Answer): Answer =>
  Object.create(response, {
    getHeaders: { value: () => ({ ...response.getHeaders(), 'stripe-should-retry': 'false' }) },
  }) as Answer;

/**
 * A client that waits where Stripe asks for patience: 429, for too many requests or a locked object, which the SDK
 * gives up at. Pauses grow as the SDK's do and are never shorter than Retry-After; what would wait longer than
 * `totalMs` is answered at once.
 */
export function patientClient(client: Client, patience: Patience): Client {
  return {
    getClientName: () => client.getClientName(),
    async makeRequest(...request) {
      let left = patience.totalMs;
      for (let attempt = 0; ; attempt += 1) {
        const response = await client.makeRequest(...request);
        if (response.getStatusCode() !== 429) return response;
        const pause = Math.max(backOffMs(attempt), askedMs(response.getHeaders()['retry-after'], patience.now()));
        if (pause > left) return final(response);
        left -= pause;
        response.dispose?.();
        await patience.sleep(pause);
      }
    },
  };
}
