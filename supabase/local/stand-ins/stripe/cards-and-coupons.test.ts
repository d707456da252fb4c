import { describe, expect, it } from 'vitest';
import { failure, useStandIn } from './testing.ts';

const world = useStandIn();

describe('cards, coupons and refunds', () => {
  it.each([
    'pm_card_chargeDeclined',
    'pm_card_visa_chargeDeclinedInsufficientFunds',
    'pm_card_chargeDeclinedExpiredCard',
    'pm_card_chargeDeclinedProcessingError',
  ])('%s is refused with its code', async (card) => {
    const error = await failure(world.stripe.customers.create({ email: 'x@example.com', payment_method: card }));
    expect(error).toMatchObject({ statusCode: 402, type: 'StripeCardError', decline_code: expect.any(String) });
    expect((await world.stripe.customers.list()).data).toEqual([]);
  });

  it.each([
    ['once', [1400, 1900, 1900]],
    ['repeating', [1400, 1400, 1900]],
    ['forever', [1400, 1400, 1400]],
  ] as const)('a coupon %s', async (duration, paid) => {
    const coupon = await world.stripe.coupons.create({
      amount_off: 500,
      currency: 'eur',
      duration,
      ...(duration === 'repeating' ? { duration_in_months: 2 } : {}),
    });
    world.clock = Date.parse('2026-01-10T10:00:00Z') / 1000;
    const subscription = await world.subscribe('small', { discounts: [{ coupon: coupon.id }] });
    for (let month = 0; month < 2; month += 1)
      world.standIn.control.advanceCustomer(subscription.customer as string, 'next_invoice');
    expect((await world.stripe.charges.list()).data.map(({ amount }) => amount).reverse()).toEqual([...paid]);
  });

  it('refunds a part, then no more than is left', async () => {
    await world.subscribe();
    const [charge] = (await world.stripe.charges.list()).data;
    await world.stripe.refunds.create({ charge: charge!.id, amount: 900 });
    expect(await failure(world.stripe.refunds.create({ charge: charge!.id, amount: 1001 }))).toMatchObject({
      statusCode: 400,
      message: expect.stringContaining('greater than unrefunded amount'),
    });
    await world.stripe.refunds.create({ charge: charge!.id });
    expect((await world.stripe.charges.retrieve(charge!.id)).refunded).toBe(true);
    expect(await failure(world.stripe.refunds.create({ charge: charge!.id }))).toMatchObject({
      code: 'charge_already_refunded',
    });
  });
});
