import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openShop, sessionOf, type Shop } from './shop.ts';

let shop: Shop;
let act: Shop['act'];
let db: Shop['db'];
let row: Shop['row'];
let world: Shop['world'];
beforeAll(async () => {
  shop = await openShop();
  ({ act, db, row, world } = shop);
  const link = await act('support', {
    action: 'checkout_link',
    email: 'ines@example.com',
    plan: 'starter',
    hwid: 'HWID-REFUSALS-1',
  });
  world.standIn.control.completeCheckout(sessionOf(link), { card: '4242424242424242' });
  await shop.deliverAll();
});
afterAll(() => shop.db.drop());

it('lets nobody do what his role does not, and asks Stripe nothing for it', async () => {
  const id = (await row())['id'] as string;
  const [payment] = await db.sql`select id from public.payments where status = 'succeeded' limit 1`;
  const before = (await world.stripe.events.list({ limit: 1 })).data[0]!.id;
  for (const [who, actions] of [
    ['viewer', ['cancel', 'retry_payment', 'portal_link', 'checkout_link', 'refund']],
    [
      'support',
      [
        'cancel',
        'undo_cancel',
        'change_plan',
        'apply_coupon',
        'remove_coupon',
        'refund',
        'list_coupons',
        'preview_plan',
      ],
    ],
  ] as const) {
    for (const action of actions) {
      const answer = await act(who, {
        action,
        subscription_id: id,
        payment_id: payment!['id'],
        when: 'now',
        plan: 'starter',
        coupon_id: 'FOREVER',
        reason: 'duplicate',
        email: 'x@example.com',
      });
      expect([who, action, answer.status, answer.body['code']]).toEqual([who, action, 403, 'permission_denied']);
    }
  }
  expect((await world.stripe.events.list({ limit: 1 })).data[0]!.id).toBe(before);
});

it('says so while Stripe is down, does nothing half, and works when it is back', async () => {
  const id = (await row())['id'] as string;
  const status = (await row())['status'];
  world.standIn.control.down(3600);
  const request_id = randomUUID();
  expect(await act('admin', { action: 'cancel', subscription_id: id, when: 'period_end', request_id })).toMatchObject({
    status: 503,
    body: { code: 'stripe_unavailable' },
  });
  expect(await row()).toMatchObject({ status, cancel_at_period_end: false });
  world.standIn.control.down(0);
  expect((await act('admin', { action: 'cancel', subscription_id: id, when: 'period_end', request_id })).status).toBe(
    200,
  );
  expect(await row()).toMatchObject({ cancel_at_period_end: true });
});

it.each([
  [{}],
  [{ action: 'explode' }],
  [{ action: 'cancel' }],
  [{ action: 'cancel', subscription_id: 'x', when: 'now' }],
  [{ action: 'refund', payment_id: randomUUID(), amount_cents: -1, reason: 'duplicate' }],
  [{ action: 'apply_coupon', subscription_id: randomUUID() }],
])('refuses %j before anything is asked', async (body) => {
  expect((await act('admin', body)).status).toBe(400);
});

it('says which subscription or payment does not exist', async () => {
  expect((await act('admin', { action: 'cancel', subscription_id: randomUUID(), when: 'now' })).body).toMatchObject({
    code: 'subscription_not_found',
  });
  expect((await act('admin', { action: 'refund', payment_id: randomUUID(), reason: 'duplicate' })).body).toMatchObject({
    code: 'payment_not_found',
  });
});
