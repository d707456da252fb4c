import Stripe from 'stripe';
import { ApiError, fromDatabase } from '../_shared/errors.ts';
import { describe } from './errors.ts';

/** What became of an act, as far as it is known; `error` is for the audit. */
export interface Outcome {
  state: 'done' | 'refused' | 'unknown';
  error: object | null;
}

/**
 * Watches what is asked of Stripe under an act's key. Several may act at once with one client: each is told apart by
 * its key, which the SDK repeats with each try.
 */
export function watchAct(stripe: Stripe, key: string) {
  let sent = false;
  let status: number | null = null;
  let last: Stripe.RequestEvent | null = null;
  const onRequest = (event: Stripe.RequestEvent) => {
    if (!event.idempotency_key?.startsWith(key)) return;
    sent = true;
    status = null;
    last = event;
  };
  /** Stripe repeats the key of a POST; a DELETE is known by its path, which names the one object acted on. */
  const onResponse = (event: Stripe.ResponseEvent) => {
    const isOurs = event.idempotency_key
      ? event.idempotency_key.startsWith(key)
      : event.method === last?.method &&
        event.path === last.path &&
        event.request_start_time === last.request_start_time;
    if (isOurs) status = event.status ?? null;
  };
  stripe.on('request', onRequest);
  stripe.on('response', onResponse);
  return {
    end() {
      stripe.off('request', onRequest);
      stripe.off('response', onResponse);
    },
    /** What an error says of the act; one that is resumed may have been done by the try before. */
    outcome(error: unknown, resumed: boolean): Outcome {
      const said = describe(error) ?? codeOf(error);
      // Nothing that changes anything has left: it did not happen, whatever the reason.
      if (!sent) return resumed ? { state: 'unknown', error: null } : { state: 'refused', error: said };
      if (status !== null && status < 300) return { state: 'done', error: null };
      // Another try of the same is still at work there.
      const isAtWork = error instanceof Stripe.errors.StripeError && error.code === 'idempotency_key_in_use';
      if (status === null || status >= 500 || isAtWork) return { state: 'unknown', error: null };
      return { state: 'refused', error: said };
    },
  };
}

function codeOf(error: unknown): object | null {
  const known = error instanceof ApiError ? error : fromDatabase(error);
  return known && { type: 'refused', code: known.code };
}
