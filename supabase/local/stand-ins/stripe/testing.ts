import Stripe from 'stripe';
import { beforeEach } from 'vitest';
import { createStripeStandIn, type StandInOptions, type StripeStandIn } from './index.ts';

export const day = 86_400;
export const webhookSecret = 'whsec_test';
const start = Date.parse('2026-01-31T10:00:00Z') / 1000;

type PriceName = 'small' | 'big' | 'yearly';

export class World {
  /** Unix seconds; a test moves it. */
  clock = start;
  standIn!: StripeStandIn;
  stripe!: Stripe;
  price!: Record<PriceName, string>;

  /** Another stand-in on the same clock. */
  open(options: Partial<StandInOptions> = {}): StripeStandIn {
    return createStripeStandIn({
      apiKey: 'sk_test_1',
      webhook: { url: 'http://unused.test', secret: webhookSecret, automatic: false },
      now: () => this.clock,
      seed: 1,
      ...options,
    });
  }

  /** A customer whose card works, subscribed. */
  async subscribe(which: PriceName = 'small', more: Partial<Stripe.SubscriptionCreateParams> = {}) {
    const customer = await this.stripe.customers.create({
      email: 'a@example.com',
      payment_method: 'pm_card_visa',
      invoice_settings: { default_payment_method: 'pm_card_visa' },
    });
    return this.stripe.subscriptions.create({ customer: customer.id, items: [{ price: this.price[which] }], ...more });
  }

  /** Types of the events since the last call. */
  types(): string[] {
    return this.standIn.events.take().map(({ type }) => type);
  }
}

/** The official SDK, talking to a stand-in without a port. */
export function client(of: StripeStandIn, apiKey = 'sk_test_1'): Stripe {
  const request = ((input: RequestInfo | URL, init?: RequestInit) =>
    of.fetch(new Request(input, init))) as typeof fetch;
  return new Stripe(apiKey, {
    host: 'stripe.test',
    protocol: 'http',
    httpClient: Stripe.createFetchHttpClient(request),
    maxNetworkRetries: 0,
    telemetry: false,
  });
}

/** A fresh stand-in with one product of three prices before each test. */
export function useStandIn(): World {
  const world = new World();
  beforeEach(async () => {
    world.clock = start;
    world.standIn = world.open();
    world.stripe = client(world.standIn);
    const product = (await world.stripe.products.create({ name: 'App' })).id;
    const make = async (unit_amount: number, interval: 'month' | 'year', lookup_key: string) =>
      (await world.stripe.prices.create({ product, currency: 'eur', unit_amount, recurring: { interval }, lookup_key }))
        .id;
    world.price = {
      small: await make(1900, 'month', 'small'),
      big: await make(9900, 'month', 'big'),
      yearly: await make(19_000, 'year', 'yearly'),
    };
  });
  return world;
}

/** The error of a call that must not succeed. */
export const failure = async (work: Promise<unknown>) =>
  (await work.then(
    () => {
      throw new Error('it worked');
    },
    (error: unknown) => error,
  )) as Stripe.errors.StripeError;
