import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { failure, useStandIn } from './testing.ts';

const world = useStandIn();

describe('plan changes', () => {
  it('the preview of a plan change is the invoice it then makes', async () => {
    const subscription = await world.subscribe();
    world.standIn.control.advanceCustomer(subscription.customer as string, { days: 10 });
    const items = [{ id: subscription.items.data[0]!.id, price: world.price.big }];
    const preview = await world.stripe.invoices.createPreview({
      subscription: subscription.id,
      subscription_details: { items, proration_behavior: 'always_invoice' },
    });
    await world.stripe.subscriptions.update(subscription.id, {
      items,
      proration_behavior: 'always_invoice',
      proration_date: preview.lines.data[0]!.period.start,
    });
    const [invoice] = (await world.stripe.invoices.list({ subscription: subscription.id, limit: 1 })).data;
    expect(invoice!.lines.data.map(({ amount }) => amount)).toEqual(preview.lines.data.map(({ amount }) => amount));
    expect([invoice!.total, invoice!.status]).toEqual([preview.total, 'paid']);
    expect(preview.lines.data[0]!.amount).toBeLessThan(0);
  });

  it('a change whose card refuses changes nothing with error_if_incomplete', async () => {
    const subscription = await world.subscribe();
    world.standIn.events.take();
    world.standIn.control.failNext(subscription.customer as string, 'lost_card');
    expect(
      await failure(
        world.stripe.subscriptions.update(subscription.id, {
          items: [{ id: subscription.items.data[0]!.id, price: world.price.big }],
          proration_behavior: 'always_invoice',
          payment_behavior: 'error_if_incomplete',
        }),
      ),
    ).toMatchObject({ statusCode: 402, decline_code: 'lost_card' });
    expect((await world.stripe.subscriptions.retrieve(subscription.id)).items.data[0]!.price.id).toBe(
      world.price.small,
    );
    expect(world.types()).toEqual([]);
  });

  it('going down in price leaves a credit that the next invoice uses', async () => {
    const subscription = await world.subscribe('big');
    await world.stripe.subscriptions.update(subscription.id, {
      items: [{ id: subscription.items.data[0]!.id, price: world.price.small }],
      proration_behavior: 'always_invoice',
    });
    expect(((await world.stripe.customers.retrieve(subscription.customer as string)) as Stripe.Customer).balance).toBe(
      1900 - 9900,
    );
    world.standIn.control.advanceCustomer(subscription.customer as string, 'next_invoice');
    expect((await world.stripe.invoices.list({ subscription: subscription.id, limit: 1 })).data[0]).toMatchObject({
      total: 1900,
      amount_due: 0,
      status: 'paid',
    });
  });
});
