import { describe, expect, it } from 'vitest';
import { day, failure, useStandIn } from './testing.ts';

const world = useStandIn();

describe('hosted checkout', () => {
  it('the hosted page sells, and says why not', async () => {
    const session = await world.stripe.checkout.sessions.create({
      mode: 'subscription',
      line_items: [{ price: world.price.small, quantity: 1 }],
      success_url: 'https://shop.test/?s={CHECKOUT_SESSION_ID}',
      custom_fields: [{ key: 'serial', type: 'text', label: { type: 'custom', custom: 'Serial number' } }],
    });
    const pay = (card: string) =>
      world.standIn.fetch(
        new Request(session.url!, {
          method: 'POST',
          body: new URLSearchParams({ email: 'b@example.com', card, field_serial: 'SN-12345' }),
        }),
      );
    const refused = await pay('4000 0000 0000 9995');
    expect([refused.status, await refused.text()]).toEqual([402, expect.stringContaining('insufficient funds')]);
    expect((await world.stripe.customers.list()).data).toEqual([]);
    const paid = await pay('4242 4242 4242 4242');
    expect([paid.status, paid.headers.get('location')]).toEqual([303, `https://shop.test/?s=${session.id}`]);
    expect(world.types()).toContain('checkout.session.completed');
    expect(await (await world.standIn.fetch(new Request(session.url!))).text()).toMatch(/plus valable|no longer valid/);
  });

  it.each([
    ['jpy', 3000, '¥3,000'],
    ['kwd', 12_345, 'KWD 12.345'],
  ])('a price in %s is sold, invoiced and charged in it', async (currency, unit_amount, shown) => {
    const product = (await world.stripe.products.create({ name: 'Abroad' })).id;
    const price = await world.stripe.prices.create({
      product,
      currency,
      unit_amount,
      recurring: { interval: 'month' },
    });
    const session = await world.stripe.checkout.sessions.create({
      mode: 'subscription',
      line_items: [{ price: price.id, quantity: 1 }],
      success_url: 'https://shop.test',
    });
    expect(session).toMatchObject({ currency, amount_total: unit_amount });
    const form = new URLSearchParams({ email: 'b@example.com', card: '4242 4242 4242 4242' });
    const request = (init?: RequestInit) =>
      new Request(session.url!, { headers: { 'accept-language': 'en' }, ...init });
    const page = await (await world.standIn.fetch(request())).text();
    expect(page.replaceAll('\u00a0', ' ')).toContain(shown);
    expect((await world.standIn.fetch(request({ method: 'POST', body: form }))).status).toBe(303);
    const [invoice] = (await world.stripe.invoices.list()).data;
    expect(invoice).toMatchObject({ currency, amount_paid: unit_amount, lines: { data: [{ currency }] } });
    expect((await world.stripe.charges.list()).data).toMatchObject([{ currency, amount: unit_amount }]);
  });

  it('prices of two currencies are no basket', async () => {
    const product = (await world.stripe.products.create({ name: 'Abroad' })).id;
    const yen = await world.stripe.prices.create({
      product,
      currency: 'jpy',
      unit_amount: 3000,
      recurring: { interval: 'month' },
    });
    const error = await failure(
      world.stripe.checkout.sessions.create({
        mode: 'subscription',
        line_items: [{ price: world.price.small }, { price: yen.id }].map((item) => ({ ...item, quantity: 1 })),
        success_url: 'https://shop.test',
      }),
    );
    expect(error).toMatchObject({ type: 'StripeInvalidRequestError', param: 'line_items' });
  });

  it('a session not paid within a day expires', async () => {
    const session = await world.stripe.checkout.sessions.create({
      mode: 'subscription',
      line_items: [{ price: world.price.small, quantity: 1 }],
      success_url: 'https://shop.test',
    });
    world.clock += day + 1;
    expect((await world.stripe.checkout.sessions.retrieve(session.id)).status).toBe('expired');
  });
});
