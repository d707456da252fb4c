import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { client, failure, useStandIn, webhookSecret } from './testing.ts';

const world = useStandIn();

describe('the wire', () => {
  it('signs events so that the SDK proves them', async () => {
    await world.subscribe();
    const [event] = world.standIn.events.pending();
    const { body, headers } = world.standIn.sign(event!, world.clock);
    const proven = await world.stripe.webhooks.constructEventAsync(
      body,
      headers['stripe-signature']!,
      webhookSecret,
      300,
      undefined,
      world.clock * 1000,
    );
    expect(proven.id).toBe(event!.id);
    await expect(
      world.stripe.webhooks.constructEventAsync(
        `${body} `,
        headers['stripe-signature']!,
        webhookSecret,
        300,
        undefined,
        world.clock * 1000,
      ),
    ).rejects.toThrow();
  });

  it.each([['sk_test_wrong', 'Invalid API Key provided']])('refuses the key %s', async (key, message) => {
    const error = await failure(client(world.standIn, key).customers.list());
    expect([error.statusCode, error.message]).toEqual([401, expect.stringContaining(message)]);
  });

  it('says what is wrong as Stripe does', async () => {
    expect(await failure(world.stripe.subscriptions.retrieve('sub_none'))).toMatchObject({
      statusCode: 404,
      code: 'resource_missing',
      message: "No such subscription: 'sub_none'",
    });
    expect(await failure(world.stripe.prices.create({ currency: 'eur' } as never))).toMatchObject({
      statusCode: 400,
      code: 'parameter_missing',
      param: 'product',
    });
    expect(await failure(world.stripe.refunds.create({ charge: 'ch_none' }))).toMatchObject({ statusCode: 404 });
    expect(await failure(world.stripe.customers.list({ limit: 101 }))).toMatchObject({
      statusCode: 400,
      param: 'limit',
    });
  });

  it('answers a repeated idempotency key as before, and refuses it for something else', async () => {
    const options = { idempotencyKey: 'k1' };
    const first = await world.stripe.customers.create({ email: 'once@example.com' }, options);
    const again = await world.stripe.customers.create({ email: 'once@example.com' }, options);
    expect(again.id).toBe(first.id);
    expect(await failure(world.stripe.customers.create({ email: 'other@example.com' }, options))).toMatchObject({
      rawType: 'idempotency_error',
    });
    expect((await world.stripe.customers.list({ email: 'once@example.com' })).data).toHaveLength(1);
  });

  it('pages through 250 customers, newest first, each once', async () => {
    for (let index = 0; index < 250; index += 1) {
      world.clock += index % 2;
      await world.stripe.customers.create({ email: `c${index}@example.com` });
    }
    const all = await world.stripe.customers.list({ limit: 100 }).autoPagingToArray({ limit: 1000 });
    expect(all.map(({ email }) => email)).toEqual(
      Array.from({ length: 250 }, (_, index) => `c${249 - index}@example.com`),
    );
    const page = await world.stripe.customers.list({ limit: 3, starting_after: all[10]!.id });
    expect(page.data.map(({ id }) => id)).toEqual(all.slice(11, 14).map(({ id }) => id));
  });

  it('expands along four levels and no more', async () => {
    const coupon = await world.stripe.coupons.create({ percent_off: 10, duration: 'forever' });
    await world.subscribe('small', { discounts: [{ coupon: coupon.id }] });
    const { data } = await world.stripe.subscriptions.list({
      status: 'all',
      expand: ['data.discounts.source.coupon', 'data.latest_invoice'],
    });
    expect(((data[0]!.discounts[0] as Stripe.Discount).source.coupon as Stripe.Coupon).percent_off).toBe(10);
    expect((data[0]!.latest_invoice as Stripe.Invoice).status).toBe('paid');
    expect(
      await failure(world.stripe.subscriptions.list({ expand: ['data.latest_invoice.payments.data.payment'] })),
    ).toMatchObject({ statusCode: 400 });
  });

  it('answers 503 while down and 429 when told, then works', async () => {
    world.standIn.control.down(60);
    expect(await failure(world.stripe.customers.list())).toMatchObject({ statusCode: 503 });
    world.clock += 61;
    world.standIn.control.rateLimit(1);
    expect(await failure(world.stripe.customers.list())).toMatchObject({ statusCode: 429 });
    expect((await world.stripe.customers.list()).data).toEqual([]);
  });

  it('keeps its state across a restart', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'stripe-'));
    try {
      const file = join(folder, 'world.stripe.jsonl');
      const before = world.open({ file });
      const made = await client(before).customers.create({ email: 'kept@example.com' });
      await before.stop();
      expect((await client(world.open({ file })).customers.retrieve(made.id)) as Stripe.Customer).toMatchObject({
        email: 'kept@example.com',
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('lets no other site play with it', async () => {
    const post = (headers: Record<string, string>, host = 'world.stripe.test') =>
      world.standIn.fetch(
        new Request(`http://${host}/control/down`, { method: 'POST', headers, body: '{"args":[60]}' }),
      );
    expect((await post({ origin: 'https://evil.example' })).status).toBe(403);
    expect((await post({}, 'evil.example')).status).toBe(403);
    expect((await world.stripe.customers.list()).data).toEqual([]);
  });
});
