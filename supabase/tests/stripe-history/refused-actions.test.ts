import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensurePortal } from '@whatautosys/seed/stripe-catalogue';
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

describe('what cannot be stored, or is not whole, is refused as such', () => {
  const subscription_id = randomUUID();
  it.each([
    [{ action: 'cancel', when: 'now', reason: 'a\0b' }],
    [{ action: 'cancel', when: 'now', reason: 'a\ud83d' }],
    [{ action: 'cancel', when: 'now', seen: { quantity: 99_999_999_999 } }],
    [{ action: 'apply_coupon', promotion_code: 'A\0' }],
    [{ action: 'checkout_link', email: 'a@example.com', plan: 'starter', hwid: 'HWID\0' }],
    [{ action: 'revocation_mail', license_id: randomUUID(), billing: 'period_end' }],
  ])('%j', async (body) => {
    const shown = await db.sql`select to_jsonb(subscriptions) as row from public.subscriptions limit 1`;
    const seen = { ...shown[0]!['row'], ...('seen' in body ? body.seen : {}) };
    expect(await act('admin', { subscription_id, ...body, seen })).toMatchObject({
      status: 400,
      body: { code: 'invalid_input' },
    });
  });

  it.each(['updated_at', 'current_period_end', 'cancel_at'])('%s of a year that no calendar has', async (column) => {
    const { id } = await row();
    const [shown] = await db.sql`select to_jsonb(subscriptions) as row from public.subscriptions where id = ${id}`;
    const seen = { ...shown!['row'], cancel_at_period_end: true, [column]: '0000-02-01T00:00:00Z' };
    expect(await act('admin', { action: 'cancel', when: 'now', subscription_id: id, seen })).toMatchObject({
      status: 400,
      body: { code: 'invalid_argument' },
    });
  });

  it('an amount of a currency of small units is none of these', async () => {
    const refund = { action: 'refund', payment_id: randomUUID(), reason: 'duplicate' };
    expect(await act('admin', { ...refund, amount_cents: 99_999_999_999 })).toMatchObject({ status: 404 });
    expect(await act('admin', { ...refund, amount_cents: 100_000_000_000 })).toMatchObject({ status: 400 });
  });

  it('what Stripe tells of it is applied all the same, without what cannot be stored', async () => {
    const held = await row();
    const customer = await world.stripe.customers.retrieve(held['stripe_customer_id']);
    const event = {
      id: 'evt_unstorable',
      object: 'event',
      type: 'customer.updated',
      created: world.standIn.now(),
      livemode: false,
      data: { object: { ...customer, name: 'a\0b \ud83d \\u0000' } },
    };
    expect(await world.deliver(event as never)).toBe(200);
    const kept = await db.sql`select status, payload #>> '{data,object,name}' as name from public.stripe_events
      where id = 'evt_unstorable'`;
    expect(kept).toEqual([{ status: 'processed', name: 'a\ufffdb \ufffd \\u0000' }]);
  });
});

it('says which subscription or payment does not exist', async () => {
  expect((await act('admin', { action: 'cancel', subscription_id: randomUUID(), when: 'now' })).body).toMatchObject({
    code: 'subscription_not_found',
  });
  expect((await act('admin', { action: 'refund', payment_id: randomUUID(), reason: 'duplicate' })).body).toMatchObject({
    code: 'payment_not_found',
  });
});

describe('what has happened at Stripe meanwhile is said in our words, and the mirror follows', () => {
  const bought = async (email: string) => {
    const link = await act('admin', { action: 'checkout_link', email, plan: 'starter', hwid: `HWID-${email}` });
    world.standIn.control.completeCheckout(sessionOf(link), { card: '4242424242424242' });
    await shop.deliverAll();
    const [held] = await db.sql`select * from public.subscriptions where email = ${email}`;
    return { id: held!['id'] as string, stripeId: held!['stripe_subscription_id'] as string };
  };
  const heldOf = async (id: string) => (await db.sql`select * from public.subscriptions where id = ${id}`)[0]!;

  it.each([
    ['cancel', { when: 'now' }],
    ['cancel', { when: 'period_end' }],
    ['change_plan', { plan: 'premium' }],
    ['apply_coupon', { coupon_id: 'TEN' }],
    ['undo_cancel', {}],
    ['remove_coupon', {}],
  ])('%s %j of what was cancelled there', async (action, fields) => {
    const { id, stripeId } = await bought(`${action}-${JSON.stringify(fields).length}@example.com`);
    await world.stripe.coupons.create({ id: 'TEN', percent_off: 10, duration: 'once' }).catch(() => undefined);
    if (action === 'undo_cancel') {
      await act('admin', { action: 'cancel', subscription_id: id, when: 'period_end' });
    }
    if (action === 'remove_coupon')
      await act('admin', { action: 'apply_coupon', subscription_id: id, coupon_id: 'TEN' });
    await shop.deliverAll();
    const [before] = await db.sql`select to_jsonb(subscriptions) as seen from public.subscriptions where id = ${id}`;
    await world.stripe.subscriptions.cancel(stripeId);
    // Whether or not the dialog showed it as it was: it has ended, and nothing else matters.
    const answer = await act('admin', { action, subscription_id: id, ...fields, seen: before!['seen'] });
    expect(answer).toMatchObject({ status: 409, body: { code: 'already_canceled' } });
    expect(JSON.stringify(answer.body)).not.toMatch(/No such|A canceled/);
    expect(await heldOf(id)).toMatchObject({ status: 'canceled' });
    expect((await act('admin', { action, subscription_id: id, ...fields })).body).toMatchObject({
      code: 'already_canceled',
    });
  });

  it('a second planned end is none', async () => {
    const { id } = await bought('ends@example.com');
    const cancel = { action: 'cancel', subscription_id: id, when: 'period_end' };
    expect((await act('admin', cancel)).status).toBe(200);
    expect(await act('admin', cancel)).toMatchObject({ status: 409, body: { code: 'already_ending' } });
    expect((await act('admin', { ...cancel, when: 'now' })).status).toBe(200);
  });

  it('a refund of what was refunded there, in part or whole', async () => {
    const { id } = await bought('refund@example.com');
    const [payment] = await db.sql`select * from public.payments where subscription_id = ${id}`;
    const refund = { action: 'refund', payment_id: payment!['id'], reason: 'duplicate' };
    await world.stripe.refunds.create({ charge: payment!['stripe_payment_id'], amount: 1000 });
    // The dialog showed less; opened again, it shows what is left, and more than that is refused.
    expect((await act('admin', { ...refund, amount_cents: 1500 })).body).toMatchObject({
      code: 'seen_changed',
      details: { changed: { amount_refunded: { seen: 0, now: 1000 } } },
    });
    expect((await act('admin', { ...refund, amount_cents: 1500 })).body).toMatchObject({
      code: 'amount_too_large',
      details: { left_cents: 900 },
    });
    await world.stripe.refunds.create({ charge: payment!['stripe_payment_id'] });
    expect((await act('admin', { ...refund, amount_cents: 900 })).body).toMatchObject({ code: 'nothing_to_refund' });
    const [after] = await db.sql`select amount_refunded from public.payments where id = ${payment!['id']}`;
    expect(after).toEqual({ amount_refunded: 1900 });
  });

  it('an account without a customer portal', async () => {
    const { id } = await bought('portal@example.com');
    const answer = await act('support', { action: 'portal_link', subscription_id: id });
    expect(answer).toMatchObject({ status: 409, body: { code: 'portal_not_configured' } });
    await ensurePortal(world.stripe, 'https://shop.test');
    expect((await act('support', { action: 'portal_link', subscription_id: id })).status).toBe(200);
  });

  it('a coupon that is none, a customer who is gone, a customer without a card', async () => {
    const { id, stripeId } = await bought('gone@example.com');
    expect((await act('admin', { action: 'apply_coupon', subscription_id: id, coupon_id: 'NONE' })).body).toMatchObject(
      {
        code: 'coupon_unusable',
      },
    );
    const customer = (await heldOf(id))['stripe_customer_id'] as string;
    await world.stripe.subscriptions.cancel(stripeId);
    await world.stripe.customers.del(customer);
    expect((await act('admin', { action: 'portal_link', subscription_id: id })).body).toMatchObject({
      code: 'stripe_customer_deleted',
    });
  });
});

describe('month and year are sold', () => {
  it('each with its price, and a link for the one that was chosen', async () => {
    const { prices } = (await act('support', { action: 'list_prices' })).body as unknown as { prices: object[] };
    expect(prices).toContainEqual({
      plan: 'starter',
      interval: 'year',
      interval_count: 1,
      amount_cents: 19_000,
      currency: 'EUR',
    });
    expect(prices).toHaveLength(6);
    const link = await act('support', {
      action: 'checkout_link',
      email: 'yearly@example.com',
      plan: 'premium',
      rhythm: 'year',
      hwid: 'HWID-YEARLY',
    });
    world.standIn.control.completeCheckout(sessionOf(link), { card: '4242424242424242' });
    await shop.deliverAll();
    const [held] = await db.sql`select plan, billing_interval, amount_cents from public.subscriptions
      where email = 'yearly@example.com'`;
    expect(held).toEqual({ plan: 'premium', billing_interval: 'year', amount_cents: 29_000 });
  });

  it('a change of rhythm costs what was shown, and its next payment is at the end of what it begins', async () => {
    const email = 'rhythm@example.com';
    const link = await act('admin', { action: 'checkout_link', email, plan: 'starter', hwid: 'HWID-RHYTHM' });
    world.standIn.control.completeCheckout(sessionOf(link), { card: '4242424242424242' });
    await shop.deliverAll();
    const [held] = await db.sql`select * from public.subscriptions where email = ${email}`;
    const wanted = { subscription_id: held!['id'], plan: 'starter', rhythm: 'year' };
    const { preview } = (await act('admin', { action: 'preview_plan', ...wanted })).body as unknown as {
      preview: { amount_due_cents: number; proration_date: number; next_payment_at: string };
    };
    expect(preview).toMatchObject({
      next_amount_cents: 19_000,
      lines: [
        { kind: 'unused', plan: 'starter' },
        { kind: 'period', plan: 'starter', amount_cents: 19_000 },
      ],
    });
    const { subscription } = (await act('admin', { action: 'change_plan', ...wanted })).body as unknown as {
      subscription: { current_period_end: string };
    };
    expect(subscription).toMatchObject({ plan: 'starter', billing_interval: 'year', amount_cents: 19_000 });
    expect(new Date(subscription.current_period_end)).toEqual(new Date(preview.next_payment_at));
    const [invoice] = await db.sql`select amount_paid from public.invoices where subscription_id = ${held!['id']}
      and billing_reason = 'subscription_update'`;
    expect(invoice).toEqual({ amount_paid: preview.amount_due_cents });
    expect((await act('admin', { action: 'preview_plan', ...wanted })).body).toMatchObject({ code: 'same_plan' });
    expect(
      (await act('admin', { action: 'preview_plan', subscription_id: held!['id'], plan: 'starter' })).body,
    ).toMatchObject({ code: 'same_plan' });
  });
});
