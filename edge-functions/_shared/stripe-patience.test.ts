import Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { createStripeStandIn } from '@whatautosys/local/stand-ins/stripe';
import { createStripe, isUnavailable } from './stripe.ts';

/** Stripe that refuses so many requests first; what was waited between two. */
function busyStripe(options: { patienceMs?: number } = {}) {
  const standIn = createStripeStandIn({ apiKey: 'sk_test_1', seed: 1 });
  const pauses: number[] = [];
  let requests = 0;
  const stripe = createStripe({
    apiKey: 'sk_test_1',
    apiBase: 'http://stripe.test',
    fetch: ((input: RequestInfo | URL, init?: RequestInit) => {
      requests += 1;
      return standIn.fetch(new Request(input, init));
    }) as typeof fetch,
    sleep: async (milliseconds) => void pauses.push(milliseconds),
    ...options,
  });
  return { stripe, control: standIn.control, pauses, requests: () => requests };
}

describe('createStripe()', () => {
  it('waits longer each time while Stripe has too many requests, then has its answer', async () => {
    const { stripe, control, pauses } = busyStripe();
    control.rateLimit(3);
    expect((await stripe.customers.create({ email: 'a@example.com' })).email).toBe('a@example.com');
    expect(pauses).toEqual([500, 1000, 2000]);
    expect((await stripe.customers.list()).data).toHaveLength(1);
  });

  it('waits as long as Stripe asks', async () => {
    const { stripe, control, pauses } = busyStripe();
    control.rateLimit(2, { retryAfter: 7 });
    await stripe.customers.list();
    expect(pauses).toEqual([7000, 7000]);
  });

  it('tries again what was locked', async () => {
    const { stripe, control, pauses } = busyStripe();
    control.rateLimit(1, { code: 'lock_timeout' });
    await stripe.customers.list();
    expect(pauses).toEqual([500]);
  });

  it('never waits longer than the function has time, and says that Stripe cannot be asked', async () => {
    const { stripe, control, pauses, requests } = busyStripe({ patienceMs: 5_000 });
    control.rateLimit(100);
    const error = await stripe.customers.list().then(
      () => null,
      (cause: unknown) => cause,
    );
    expect(error).toBeInstanceOf(Stripe.errors.StripeRateLimitError);
    expect(isUnavailable(error)).toBe(true);
    expect(pauses.reduce((sum, pause) => sum + pause, 0)).toBeLessThanOrEqual(5_000);
    expect(requests()).toBe(pauses.length + 1);
  });

  it('does not wait at all when asked for more than there is time', async () => {
    const { stripe, control, pauses } = busyStripe({ patienceMs: 5_000 });
    control.rateLimit(1, { retryAfter: 60 });
    await expect(stripe.customers.list()).rejects.toBeInstanceOf(Stripe.errors.StripeRateLimitError);
    expect(pauses).toEqual([]);
  });
});
