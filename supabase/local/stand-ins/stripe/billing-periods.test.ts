import { describe, expect, it } from 'vitest';
import { failure, useStandIn } from './testing.ts';

const world = useStandIn();

describe('periods of a subscription', () => {
  it('a new subscription is paid at once, and says so in Stripe’s events', async () => {
    const subscription = await world.subscribe();
    expect(subscription.status).toBe('active');
    expect(world.types()).toEqual(
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
    const subscription = await world.subscribe();
    const ends: string[] = [];
    for (let month = 0; month < 3; month += 1) {
      ends.push(
        new Date((await world.stripe.subscriptions.retrieve(subscription.id)).items.data[0]!.current_period_end * 1000)
          .toISOString()
          .slice(0, 10),
      );
      world.standIn.control.advanceCustomer(subscription.customer as string, 'next_invoice');
    }
    expect(ends).toEqual(['2026-02-28', '2026-03-31', '2026-04-30']);
    expect((await world.stripe.charges.list({ limit: 10 })).data.map(({ amount, status }) => [amount, status])).toEqual(
      Array.from({ length: 4 }, () => [1900, 'succeeded']),
    );
  });

  it('a renewal that fails is tried after 3, 5 and 7 days, then ends the subscription', async () => {
    const subscription = await world.subscribe();
    world.standIn.control.failAlways(subscription.customer as string, 'insufficient_funds');
    world.standIn.control.advanceCustomer(subscription.customer as string, 'next_invoice');
    expect((await world.stripe.subscriptions.retrieve(subscription.id)).status).toBe('past_due');
    const seen: number[] = [];
    for (let step = 0; step < 16; step += 1) {
      world.standIn.control.advanceCustomer(subscription.customer as string, { days: 1 });
      seen.push((await world.stripe.invoices.list({ subscription: subscription.id, limit: 1 })).data[0]!.attempt_count);
    }
    expect([seen[1], seen[2], seen[6], seen[7], seen[13], seen[14]]).toEqual([1, 2, 2, 3, 3, 4]);
    expect((await world.stripe.subscriptions.retrieve(subscription.id)).status).toBe('canceled');
    expect((await world.stripe.charges.list({ limit: 1 })).data[0]).toMatchObject({
      status: 'failed',
      failure_code: 'card_declined',
      outcome: { reason: 'insufficient_funds' },
    });
  });

  it('ends at the period’s end when told so, and not when told otherwise in time', async () => {
    const subscription = await world.subscribe();
    await world.stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true });
    await world.stripe.subscriptions.update(subscription.id, { cancel_at_period_end: false });
    world.standIn.control.advanceCustomer(subscription.customer as string, { days: 40 });
    expect((await world.stripe.subscriptions.retrieve(subscription.id)).status).toBe('active');
    await world.stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true });
    world.standIn.control.advanceCustomer(subscription.customer as string, { days: 40 });
    expect((await world.stripe.subscriptions.retrieve(subscription.id)).status).toBe('canceled');
    expect(
      await failure(world.stripe.subscriptions.update(subscription.id, { cancel_at_period_end: false })),
    ).toMatchObject({
      statusCode: 400,
    });
  });

  it('a trial costs nothing until its end', async () => {
    const subscription = await world.subscribe('small', { trial_period_days: 7 });
    expect(subscription.status).toBe('trialing');
    world.standIn.control.advanceCustomer(subscription.customer as string, { days: 8 });
    expect((await world.stripe.subscriptions.retrieve(subscription.id)).status).toBe('active');
    expect((await world.stripe.charges.list()).data).toHaveLength(1);
  });
});
