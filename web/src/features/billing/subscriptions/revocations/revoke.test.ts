import { describe, expect, it } from 'vitest';
import type { LicenseConsequence } from '@contracts/rpc/licenses.ts';
import { ApiFailure, mockApi } from '@/test/api.ts';
import { payment } from '../../payments/test-data.ts';
import { subscription } from '../test-data.ts';
import { type Billing, type Consequence, refundable, revokeAll } from './revoke.ts';

const REVOKE = 'POST /rest/v1/rpc/revoke_licenses';
const STRIPE = 'POST /functions/v1/stripe-action';
const input = { reason: 'Fraude', send_email: true };
const [alone, one, two, three] = ['1', '2', '3', '4'].map((digit) => `${digit.repeat(8)}-1111-4111-8111-111111111111`);
const found = (license_id: string, over: Partial<LicenseConsequence> = {}): LicenseConsequence => ({
  license_id,
  subscription: subscription(),
  bills_on: true,
  payment: payment(),
  other_licenses: [],
  ...over,
});
const all = new Map([one!, two!, three!].map((id) => [id, found(id)]));
const consequence = (billing: Billing, more: Partial<Consequence> = {}): Consequence => ({
  billing,
  refundOf: () => null,
  refundReason: 'requested_by_customer',
  ...more,
});
const run = (chosen: Consequence, progress: (done: number) => void = () => undefined) =>
  revokeAll([alone!, one!, two!, three!], all, chosen, input, (id) => `request of ${id}`, progress);

describe('revokeAll()', () => {
  it('asks Stripe for each with a subscription, the database for the others; one that fails stops nobody', async () => {
    const calls = mockApi({
      [REVOKE]: () => ({ done: 1, errors: [] }),
      [STRIPE]: (body) =>
        (body as { license_id: string }).license_id === two
          ? new ApiFailure(409, { code: 'act_under_way', message: 'x', details: { act: null } })
          : { license: {}, parts: {}, refund_error: null },
    });
    const steps: number[] = [];
    const result = await run(consequence('now'), (done) => steps.push(done));
    expect(result).toMatchObject({
      done: 3,
      failures: [{ license_id: two, code: null, error: { code: 'act_under_way' } }],
    });
    expect(steps).toEqual([1, 2, 3, 4]);
    expect(calls.map(({ body }) => body)).toMatchObject([
      { license_ids: [alone], billed_on: false },
      { license_id: one, billing: 'now', reason: 'Fraude', send_email: true, request_id: `request of ${one}` },
      { license_id: two },
      { license_id: three },
    ]);
    // What was shown goes with it.
    expect(calls[1]!.body).toMatchObject({
      subscription_id: subscription().id,
      seen: { subscription: { cancel_at_period_end: false, amount_cents: 2900 }, payment: { amount_refunded: 0 } },
    });
    expect(calls[1]!.body).not.toHaveProperty('refund');
  });

  it('refunds each what is chosen, and says when a refund was not made', async () => {
    const calls = mockApi({
      [REVOKE]: () => ({ done: 1, errors: [] }),
      [STRIPE]: (body) => ({
        license: {},
        parts: {},
        refund_error:
          (body as { license_id: string }).license_id === one ? { code: 'stripe_error', details: null } : null,
      }),
    });
    const result = await run(consequence('period_end', { refundOf: refundable }));
    expect(calls[1]!.body).toMatchObject({ refund: { payment_id: payment().id, amount_cents: 2900 } });
    expect(result).toEqual({
      done: 4,
      failures: [{ license_id: one, code: 'refund', error: { code: 'stripe_error', details: null } }],
    });
  });

  it('at the period’s end has nothing to cancel of those that end by it: they go with those without one', async () => {
    const calls = mockApi({
      [REVOKE]: () => ({ done: 2, errors: [] }),
      [STRIPE]: () => ({ license: {}, parts: {}, refund_error: null }),
    });
    const ending = found(two!, { bills_on: false, subscription: subscription({ cancel_at_period_end: true }) });
    const mixed = new Map(all).set(two!, ending);
    const ids = [alone!, one!, two!, three!];
    const chosen = consequence('period_end', { refundOf: refundable });
    expect(
      await revokeAll(
        ids,
        mixed,
        chosen,
        input,
        (id) => id,
        () => undefined,
      ),
    ).toEqual({ done: 4, failures: [] });
    expect(calls.map(({ body }) => body)).toMatchObject([
      { license_ids: [alone, two], billed_on: false },
      { license_id: one, billing: 'period_end' },
      { license_id: three, billing: 'period_end' },
    ]);
    // At once there is: what is paid and not used ends too.
    calls.length = 0;
    await revokeAll(
      ids,
      mixed,
      consequence('now'),
      input,
      (id) => id,
      () => undefined,
    );
    expect(calls.map(({ body }) => body)).toMatchObject([
      { license_ids: [alone] },
      { license_id: one },
      { license_id: two, billing: 'now' },
      { license_id: three },
    ]);
  });

  it('revokes all the same what was found to end already, and says that it was not refunded', async () => {
    const calls = mockApi({
      [REVOKE]: () => ({ done: 1, errors: [] }),
      [STRIPE]: (body) =>
        (body as { license_id: string }).license_id === two
          ? new ApiFailure(409, { code: 'already_ending', message: 'x', details: null })
          : { license: {}, parts: {}, refund_error: null },
    });
    expect(await run(consequence('period_end'))).toEqual({ done: 4, failures: [] });
    expect(calls.map(({ body }) => body)).toMatchObject([
      { license_ids: [alone] },
      { license_id: one },
      { license_id: two },
      { license_ids: [two], billed_on: false, ...input },
      { license_id: three },
    ]);
    expect(await run(consequence('period_end', { refundOf: refundable }))).toMatchObject({
      done: 4,
      failures: [{ license_id: two, code: 'refund', error: { code: 'already_ending' } }],
    });
  });

  it('says why the database refused what ends already', async () => {
    mockApi({
      [REVOKE]: (body) =>
        (body as { license_ids: string[] }).license_ids[0] === alone
          ? { done: 1, errors: [] }
          : { done: 0, errors: [{ license_id: two, reason: 'subscription_running' }] },
      [STRIPE]: (body) =>
        (body as { license_id: string }).license_id === two
          ? new ApiFailure(409, { code: 'already_ending', message: 'x', details: null })
          : { license: {}, parts: {}, refund_error: null },
    });
    expect(await run(consequence('period_end', { refundOf: refundable }))).toEqual({
      done: 3,
      failures: [{ license_id: two, code: 'subscription_running', error: null }],
    });
  });

  it('leaves all to the database when the customers are billed on, and says so', async () => {
    const calls = mockApi({ [REVOKE]: () => ({ done: 3, errors: [{ license_id: one, reason: 'license_revoked' }] }) });
    expect(await run(consequence('keep'))).toEqual({
      done: 3,
      failures: [{ license_id: one, code: 'license_revoked', error: null }],
    });
    expect(calls.map(({ body }) => body)).toMatchObject([{ license_ids: [alone, one, two, three], billed_on: true }]);
  });
});

describe('refundable()', () => {
  it.each([
    [payment(), 2900],
    [payment({ amount_refunded: 900 }), 2000],
    [payment({ actions: { refund: 'permission_denied' } }), 0],
    [payment({ actions: { refund: 'payment_disputed' } }), 0],
    [null, 0],
  ])('case %#: %o → %i', (of, cents) => expect(refundable(found(one!, { payment: of }))).toBe(cents));
});
