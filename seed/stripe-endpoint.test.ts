import Stripe from 'stripe';
import { beforeEach, describe, expect, it } from 'vitest';
import { createStripeStandIn } from '@whatautosys/local/stand-ins/stripe';
import { createStripe } from '@whatautosys/edge-functions/_shared/stripe';
import { ensureEndpoint } from './stripe-catalogue.ts';

const url = 'https://project.example/functions/v1/stripe-webhook';
const types = ['customer.created', 'invoice.paid'];
let stripe: Stripe;
beforeEach(() => {
  const standIn = createStripeStandIn({ apiKey: 'sk_test_setup', seed: 1 });
  stripe = createStripe({
    apiKey: 'sk_test_setup',
    apiBase: 'http://stripe.test',
    fetch: ((input: RequestInfo | URL, init?: RequestInit) => standIn.fetch(new Request(input, init))) as typeof fetch,
  });
});
const endpoints = async () => (await stripe.webhookEndpoints.list()).data;
const older = (given: object = {}) =>
  stripe.webhookEndpoints.create({ url, enabled_events: ['customer.created'], api_version: '2020-08-27', ...given });

describe('the endpoint', () => {
  it('is made in the version of the SDK, once', async () => {
    const first = await ensureEndpoint(stripe, url, types);
    expect(first).toEqual({ secret: expect.stringMatching(/^whsec_/), mended: [], otherVersion: null });
    expect(await endpoints()).toMatchObject([{ url, api_version: Stripe.API_VERSION, enabled_events: types }]);
    expect(await ensureEndpoint(stripe, url, types)).toEqual({ secret: null, mended: [], otherVersion: null });
    expect(await endpoints()).toHaveLength(1);
  });

  it('that is there is mended, and its other version is said', async () => {
    const known = await older();
    await stripe.webhookEndpoints.update(known.id, { disabled: true });
    expect(await ensureEndpoint(stripe, url, types)).toEqual({
      secret: null,
      mended: ['types', 'status'],
      otherVersion: '2020-08-27',
    });
    expect(await endpoints()).toMatchObject([{ id: known.id, status: 'enabled', enabled_events: types }]);
  });

  it('that listens to all keeps doing so', async () => {
    await older({ enabled_events: ['*'], api_version: Stripe.API_VERSION });
    expect(await ensureEndpoint(stripe, url, types)).toEqual({ secret: null, mended: [], otherVersion: null });
    expect(await endpoints()).toMatchObject([{ enabled_events: ['*'] }]);
  });

  it('of another version is replaced when asked', async () => {
    const known = await older();
    const { secret } = await ensureEndpoint(stripe, url, types, true);
    expect(secret).toMatch(/^whsec_/);
    const [made, ...more] = await endpoints();
    expect(more).toEqual([]);
    expect(made).toMatchObject({ api_version: Stripe.API_VERSION, enabled_events: types });
    expect(made!.id).not.toBe(known.id);
  });
});
