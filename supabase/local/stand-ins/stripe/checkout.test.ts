import { describe, expect, it } from 'vitest';
import { day, useStandIn } from './testing.ts';

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
