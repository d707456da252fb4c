import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Stripe from 'stripe';
import { beforeEach, describe, expect, it } from 'vitest';
import { createStripeStandIn, type StandInOptions, type StripeStandIn } from './index.ts';

const start = Date.parse('2026-01-31T10:00:00Z') / 1000;
const day = 86_400;
const secret = 'whsec_test';

let clock: number;
let standIn: StripeStandIn;
let stripe: Stripe;
let price: Record<'small' | 'big' | 'yearly', string>;

function open(options: Partial<StandInOptions> = {}): StripeStandIn {
  return createStripeStandIn({
    apiKey: 'sk_test_1',
    webhook: { url: 'http://unused.test', secret, automatic: false },
    now: () => clock,
    seed: 1,
    ...options,
  });
}
function client(of: StripeStandIn, apiKey = 'sk_test_1'): Stripe {
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

beforeEach(async () => {
  clock = start;
  standIn = open();
  stripe = client(standIn);
  const product = await stripe.products.create({ name: 'App' });
  const make = async (unit_amount: number, interval: 'month' | 'year', lookup_key: string) =>
    (
      await stripe.prices.create({
        product: product.id,
        currency: 'eur',
        unit_amount,
        recurring: { interval },
        lookup_key,
      })
    ).id;
  price = {
    small: await make(1900, 'month', 'small'),
    big: await make(9900, 'month', 'big'),
    yearly: await make(19_000, 'year', 'yearly'),
  };
});

async function subscribe(which: keyof typeof price = 'small', more: Partial<Stripe.SubscriptionCreateParams> = {}) {
  const customer = await stripe.customers.create({
    email: 'a@example.com',
    payment_method: 'pm_card_visa',
    invoice_settings: { default_payment_method: 'pm_card_visa' },
  });
  return stripe.subscriptions.create({ customer: customer.id, items: [{ price: price[which] }], ...more });
}
const types = () => standIn.events.take().map(({ type }) => type);
const failure = async (work: Promise<unknown>) =>
  (await work.then(
    () => {
      throw new Error('it worked');
    },
    (error: unknown) => error,
  )) as Stripe.errors.StripeError;

describe('the wire', () => {
  it('signs events so that the SDK proves them', async () => {
    await subscribe();
    const [event] = standIn.events.pending();
    const { body, headers } = standIn.sign(event!, clock);
    const proven = await stripe.webhooks.constructEventAsync(
      body,
      headers['stripe-signature']!,
      secret,
      300,
      undefined,
      clock * 1000,
    );
    expect(proven.id).toBe(event!.id);
    await expect(
      stripe.webhooks.constructEventAsync(
        `${body} `,
        headers['stripe-signature']!,
        secret,
        300,
        undefined,
        clock * 1000,
      ),
    ).rejects.toThrow();
  });

  it.each([['sk_test_wrong', 'Invalid API Key provided']])('refuses the key %s', async (key, message) => {
    const error = await failure(client(standIn, key).customers.list());
    expect([error.statusCode, error.message]).toEqual([401, expect.stringContaining(message)]);
  });

  it('says what is wrong as Stripe does', async () => {
    expect(await failure(stripe.subscriptions.retrieve('sub_none'))).toMatchObject({
      statusCode: 404,
      code: 'resource_missing',
      message: "No such subscription: 'sub_none'",
    });
    expect(await failure(stripe.prices.create({ currency: 'eur' } as never))).toMatchObject({
      statusCode: 400,
      code: 'parameter_missing',
      param: 'product',
    });
    expect(await failure(stripe.refunds.create({ charge: 'ch_none' }))).toMatchObject({ statusCode: 404 });
    expect(await failure(stripe.customers.list({ limit: 101 }))).toMatchObject({ statusCode: 400, param: 'limit' });
  });

  it('answers a repeated idempotency key as before, and refuses it for something else', async () => {
    const options = { idempotencyKey: 'k1' };
    const first = await stripe.customers.create({ email: 'once@example.com' }, options);
    const again = await stripe.customers.create({ email: 'once@example.com' }, options);
    expect(again.id).toBe(first.id);
    expect(await failure(stripe.customers.create({ email: 'other@example.com' }, options))).toMatchObject({
      rawType: 'idempotency_error',
    });
    expect((await stripe.customers.list({ email: 'once@example.com' })).data).toHaveLength(1);
  });

  it('pages through 250 customers, newest first, each once', async () => {
    for (let index = 0; index < 250; index += 1) {
      clock += index % 2;
      await stripe.customers.create({ email: `c${index}@example.com` });
    }
    const all = await stripe.customers.list({ limit: 100 }).autoPagingToArray({ limit: 1000 });
    expect(all.map(({ email }) => email)).toEqual(
      Array.from({ length: 250 }, (_, index) => `c${249 - index}@example.com`),
    );
    const page = await stripe.customers.list({ limit: 3, starting_after: all[10]!.id });
    expect(page.data.map(({ id }) => id)).toEqual(all.slice(11, 14).map(({ id }) => id));
  });

  it('expands along four levels and no more', async () => {
    const coupon = await stripe.coupons.create({ percent_off: 10, duration: 'forever' });
    await subscribe('small', { discounts: [{ coupon: coupon.id }] });
    const { data } = await stripe.subscriptions.list({
      status: 'all',
      expand: ['data.discounts.source.coupon', 'data.latest_invoice'],
    });
    expect(((data[0]!.discounts[0] as Stripe.Discount).source.coupon as Stripe.Coupon).percent_off).toBe(10);
    expect((data[0]!.latest_invoice as Stripe.Invoice).status).toBe('paid');
    expect(
      await failure(stripe.subscriptions.list({ expand: ['data.latest_invoice.payments.data.payment'] })),
    ).toMatchObject({ statusCode: 400 });
  });

  it('answers 503 while down and 429 when told, then works', async () => {
    standIn.control.down(60);
    expect(await failure(stripe.customers.list())).toMatchObject({ statusCode: 503 });
    clock += 61;
    standIn.control.rateLimit(1);
    expect(await failure(stripe.customers.list())).toMatchObject({ statusCode: 429 });
    expect((await stripe.customers.list()).data).toEqual([]);
  });

  it('keeps its state across a restart', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'stripe-'));
    try {
      const file = join(folder, 'stripe.jsonl');
      const before = open({ file });
      const made = await client(before).customers.create({ email: 'kept@example.com' });
      await before.stop();
      expect((await client(open({ file })).customers.retrieve(made.id)) as Stripe.Customer).toMatchObject({
        email: 'kept@example.com',
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('lets no other site play with it', async () => {
    const post = (headers: Record<string, string>, host = 'stripe.test') =>
      standIn.fetch(new Request(`http://${host}/control/down`, { method: 'POST', headers, body: '{"args":[60]}' }));
    expect((await post({ origin: 'https://evil.example' })).status).toBe(403);
    expect((await post({}, 'evil.example')).status).toBe(403);
    expect((await stripe.customers.list()).data).toEqual([]);
  });
});

describe('billing', () => {
  it('a new subscription is paid at once, and says so in Stripe’s events', async () => {
    const subscription = await subscribe();
    expect(subscription.status).toBe('active');
    expect(types()).toEqual(
      expect.arrayContaining([
        'customer.subscription.created',
        'invoice.created',
        'invoice.finalized',
        'charge.succeeded',
        'payment_intent.succeeded',
        'invoice_payment.paid',
        'invoice.paid',
        'customer.subscription.updated',
      ]),
    );
  });

  it('renews on the anchor’s day, or the last of a shorter month', async () => {
    const subscription = await subscribe();
    const ends: string[] = [];
    for (let month = 0; month < 3; month += 1) {
      ends.push(
        new Date((await stripe.subscriptions.retrieve(subscription.id)).items.data[0]!.current_period_end * 1000)
          .toISOString()
          .slice(0, 10),
      );
      standIn.control.advanceCustomer(subscription.customer as string, 'next_invoice');
    }
    expect(ends).toEqual(['2026-02-28', '2026-03-31', '2026-04-30']);
    expect((await stripe.charges.list({ limit: 10 })).data.map(({ amount, status }) => [amount, status])).toEqual(
      Array.from({ length: 4 }, () => [1900, 'succeeded']),
    );
  });

  it('a renewal that fails is tried after 3, 5 and 7 days, then ends the subscription', async () => {
    const subscription = await subscribe();
    standIn.control.failAlways(subscription.customer as string, 'insufficient_funds');
    standIn.control.advanceCustomer(subscription.customer as string, 'next_invoice');
    expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe('past_due');
    const seen: number[] = [];
    for (let step = 0; step < 16; step += 1) {
      standIn.control.advanceCustomer(subscription.customer as string, { days: 1 });
      seen.push((await stripe.invoices.list({ subscription: subscription.id, limit: 1 })).data[0]!.attempt_count);
    }
    expect([seen[1], seen[2], seen[6], seen[7], seen[13], seen[14]]).toEqual([1, 2, 2, 3, 3, 4]);
    expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe('canceled');
    expect((await stripe.charges.list({ limit: 1 })).data[0]).toMatchObject({
      status: 'failed',
      failure_code: 'card_declined',
      outcome: { reason: 'insufficient_funds' },
    });
  });

  it.each([
    'pm_card_chargeDeclined',
    'pm_card_visa_chargeDeclinedInsufficientFunds',
    'pm_card_chargeDeclinedExpiredCard',
    'pm_card_chargeDeclinedProcessingError',
  ])('%s is refused with its code', async (card) => {
    const error = await failure(stripe.customers.create({ email: 'x@example.com', payment_method: card }));
    expect(error).toMatchObject({ statusCode: 402, type: 'StripeCardError', decline_code: expect.any(String) });
    expect((await stripe.customers.list()).data).toEqual([]);
  });

  it('the preview of a plan change is the invoice it then makes', async () => {
    const subscription = await subscribe();
    standIn.control.advanceCustomer(subscription.customer as string, { days: 10 });
    const items = [{ id: subscription.items.data[0]!.id, price: price.big }];
    const preview = await stripe.invoices.createPreview({
      subscription: subscription.id,
      subscription_details: { items, proration_behavior: 'always_invoice' },
    });
    await stripe.subscriptions.update(subscription.id, {
      items,
      proration_behavior: 'always_invoice',
      proration_date: preview.lines.data[0]!.period.start,
    });
    const [invoice] = (await stripe.invoices.list({ subscription: subscription.id, limit: 1 })).data;
    expect(invoice!.lines.data.map(({ amount }) => amount)).toEqual(preview.lines.data.map(({ amount }) => amount));
    expect([invoice!.total, invoice!.status]).toEqual([preview.total, 'paid']);
    expect(preview.lines.data[0]!.amount).toBeLessThan(0);
  });

  it('a change whose card refuses changes nothing with error_if_incomplete', async () => {
    const subscription = await subscribe();
    standIn.events.take();
    standIn.control.failNext(subscription.customer as string, 'lost_card');
    expect(
      await failure(
        stripe.subscriptions.update(subscription.id, {
          items: [{ id: subscription.items.data[0]!.id, price: price.big }],
          proration_behavior: 'always_invoice',
          payment_behavior: 'error_if_incomplete',
        }),
      ),
    ).toMatchObject({ statusCode: 402, decline_code: 'lost_card' });
    expect((await stripe.subscriptions.retrieve(subscription.id)).items.data[0]!.price.id).toBe(price.small);
    expect(types()).toEqual([]);
  });

  it('going down in price leaves a credit that the next invoice uses', async () => {
    const subscription = await subscribe('big');
    await stripe.subscriptions.update(subscription.id, {
      items: [{ id: subscription.items.data[0]!.id, price: price.small }],
      proration_behavior: 'always_invoice',
    });
    expect(((await stripe.customers.retrieve(subscription.customer as string)) as Stripe.Customer).balance).toBe(
      1900 - 9900,
    );
    standIn.control.advanceCustomer(subscription.customer as string, 'next_invoice');
    expect((await stripe.invoices.list({ subscription: subscription.id, limit: 1 })).data[0]).toMatchObject({
      total: 1900,
      amount_due: 0,
      status: 'paid',
    });
  });

  it.each([
    ['once', [1400, 1900, 1900]],
    ['repeating', [1400, 1400, 1900]],
    ['forever', [1400, 1400, 1400]],
  ] as const)('a coupon %s', async (duration, paid) => {
    const coupon = await stripe.coupons.create({
      amount_off: 500,
      currency: 'eur',
      duration,
      ...(duration === 'repeating' ? { duration_in_months: 2 } : {}),
    });
    clock = Date.parse('2026-01-10T10:00:00Z') / 1000;
    const subscription = await subscribe('small', { discounts: [{ coupon: coupon.id }] });
    for (let month = 0; month < 2; month += 1)
      standIn.control.advanceCustomer(subscription.customer as string, 'next_invoice');
    expect((await stripe.charges.list()).data.map(({ amount }) => amount).reverse()).toEqual([...paid]);
  });

  it('refunds a part, then no more than is left', async () => {
    await subscribe();
    const [charge] = (await stripe.charges.list()).data;
    await stripe.refunds.create({ charge: charge!.id, amount: 900 });
    expect(await failure(stripe.refunds.create({ charge: charge!.id, amount: 1001 }))).toMatchObject({
      statusCode: 400,
      message: expect.stringContaining('greater than unrefunded amount'),
    });
    await stripe.refunds.create({ charge: charge!.id });
    expect((await stripe.charges.retrieve(charge!.id)).refunded).toBe(true);
    expect(await failure(stripe.refunds.create({ charge: charge!.id }))).toMatchObject({
      code: 'charge_already_refunded',
    });
  });

  it('ends at the period’s end when told so, and not when told otherwise in time', async () => {
    const subscription = await subscribe();
    await stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true });
    await stripe.subscriptions.update(subscription.id, { cancel_at_period_end: false });
    standIn.control.advanceCustomer(subscription.customer as string, { days: 40 });
    expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe('active');
    await stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true });
    standIn.control.advanceCustomer(subscription.customer as string, { days: 40 });
    expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe('canceled');
    expect(await failure(stripe.subscriptions.update(subscription.id, { cancel_at_period_end: false }))).toMatchObject({
      statusCode: 400,
    });
  });

  it('a trial costs nothing until its end', async () => {
    const subscription = await subscribe('small', { trial_period_days: 7 });
    expect(subscription.status).toBe('trialing');
    standIn.control.advanceCustomer(subscription.customer as string, { days: 8 });
    expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe('active');
    expect((await stripe.charges.list()).data).toHaveLength(1);
  });

  it('the hosted page sells, and says why not', async () => {
    const session = await stripe.checkout.sessions.create({
      mode: 'subscription',
      line_items: [{ price: price.small, quantity: 1 }],
      success_url: 'https://shop.test/?s={CHECKOUT_SESSION_ID}',
      custom_fields: [{ key: 'hwid', type: 'text', label: { type: 'custom', custom: 'HWID' } }],
    });
    const pay = (card: string) =>
      standIn.fetch(
        new Request(session.url!, {
          method: 'POST',
          body: new URLSearchParams({ email: 'b@example.com', card, field_hwid: 'HW-12345' }),
        }),
      );
    const refused = await pay('4000 0000 0000 9995');
    expect([refused.status, await refused.text()]).toEqual([402, expect.stringContaining('insufficient funds')]);
    expect((await stripe.customers.list()).data).toEqual([]);
    const paid = await pay('4242 4242 4242 4242');
    expect([paid.status, paid.headers.get('location')]).toEqual([303, `https://shop.test/?s=${session.id}`]);
    expect(types()).toContain('checkout.session.completed');
    expect(await (await standIn.fetch(new Request(session.url!))).text()).toMatch(/plus valable|no longer valid/);
  });

  it('a session not paid within a day expires', async () => {
    const session = await stripe.checkout.sessions.create({
      mode: 'subscription',
      line_items: [{ price: price.small, quantity: 1 }],
      success_url: 'https://shop.test',
    });
    clock += day + 1;
    expect((await stripe.checkout.sessions.retrieve(session.id)).status).toBe('expired');
  });
});
