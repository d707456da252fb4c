import Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { describe as detailsOf, shown, toApiError } from './errors.ts';
import { meaningOf } from './refusals.ts';

const raw = 'No such subscription: sub_1; contact jane@example.com';
const invalid = (more: object) =>
  new Stripe.errors.StripeInvalidRequestError({
    type: 'invalid_request_error',
    message: raw,
    statusCode: 400,
    requestId: 'req_1',
    ...more,
  } as never);

describe('meaningOf()', () => {
  it.each([
    [{ code: 'invalid_canceled_subscription_fields' }, 'already_canceled'],
    [{ code: 'charge_already_refunded' }, 'nothing_to_refund'],
    [{ code: 'charge_disputed' }, 'payment_disputed'],
    [{ code: 'coupon_expired', param: 'discounts[0][coupon]' }, 'coupon_unusable'],
    [{ code: 'resource_missing', param: 'discounts[0][coupon]' }, 'coupon_unusable'],
    [{ code: 'resource_missing', param: 'discounts[0][promotion_code]' }, 'promotion_code_not_found'],
    [{ code: 'resource_missing', param: 'customer' }, 'stripe_customer_deleted'],
    [{ code: 'resource_missing', param: 'line_items[0][price]' }, 'plan_has_no_price'],
    [{ code: 'resource_missing', param: 'configuration' }, 'portal_not_configured'],
    [{ code: 'resource_missing', param: 'id', statusCode: 404 }, 'stripe_object_gone'],
    [{ code: 'resource_missing' }, 'no_payment_method'],
    [{ code: 'email_invalid', param: 'customer_email' }, 'invalid_email'],
    [{ code: 'a_code_of_tomorrow' }, null],
    [{}, null],
  ])('%j: %s', (error, code) => expect(meaningOf(invalid(error))).toBe(code));
  it('leaves a card’s refusal to its own codes', () =>
    expect(meaningOf(new Stripe.errors.StripeCardError({ message: 'x', code: 'card_declined' } as never))).toBeNull());
});

describe('toApiError()', () => {
  it('never passes on what Stripe wrote, which is for the audit; its request it names', () => {
    const error = invalid({ code: 'a_code_of_tomorrow' });
    const shownToPerson = toApiError(error) as { message: string; status: number; code: string; details: unknown };
    expect([shownToPerson.status, shownToPerson.code]).toEqual([409, 'stripe_error']);
    expect(JSON.stringify([shownToPerson.message, shownToPerson.details])).not.toContain('sub_1');
    expect(shown(error)).toMatchObject({ code: 'a_code_of_tomorrow', request_id: 'req_1' });
    expect(detailsOf(error)).toMatchObject({ message: raw, request_id: 'req_1' });
  });
});
