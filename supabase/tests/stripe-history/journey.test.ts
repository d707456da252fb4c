import { randomUUID } from 'node:crypto';
import type Stripe from 'stripe';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { InvoicePreview } from '../../contracts/functions/stripe-action.ts';
import { openShop, sessionOf, type Shop } from './shop.ts';

let shop: Shop;
let act: Shop['act'];
let db: Shop['db'];
let deliverAll: Shop['deliverAll'];
let license: Shop['license'];
let mrr: Shop['mrr'];
let personas: Shop['personas'];
let row: Shop['row'];
let world: Shop['world'];
beforeAll(async () => {
  shop = await openShop();
  ({ act, db, deliverAll, license, mrr, personas, row, world } = shop);
});
afterAll(() => shop.db.drop());

it('runs from payment link to reactivation, and the books agree to the cent', async () => {
  // Payment link → licence, mailed.
  const link = await act('support', {
    action: 'checkout_link',
    email: 'Ines@Example.com',
    plan: 'starter',
    hwid: 'HWID-JOURNEY-1',
    locale: 'fr',
  });
  expect(link.status).toBe(200);
  const sessionId = sessionOf(link);
  const session = (await world.stripe.checkout.sessions.retrieve(sessionId)) as Stripe.Checkout.Session;
  expect(JSON.stringify(session)).not.toContain('HWID-JOURNEY-1');
  world.standIn.control.completeCheckout(sessionId, { card: '4242424242424242' });
  await deliverAll();
  expect(await license()).toMatchObject({
    email: 'ines@example.com',
    plan: 'starter',
    status: 'active',
    payment_method: 'stripe',
    auto_renew: true,
    mrr_cents: 1900,
  });
  expect(
    await db.sql`select from public.email_outbox where template = 'license_created'
      and recipient = 'ines@example.com' and locale = 'fr'`,
  ).toHaveLength(1);
  const id = (await row())['id'] as string;
  const [{ told }] = await db.as(
    personas.viewer,
    async (sql) =>
      sql<
        [{ told: { rows: Array<{ event_type: string }> } }]
      >`select public.list_license_events(${(await license())['id'] as string}) as told`,
  );
  expect(told.rows.map(({ event_type }) => event_type)).toEqual(
    expect.arrayContaining(['license_created', 'payment_succeeded', 'subscription_created']),
  );
  const customer = (await row())['stripe_customer_id'] as string;

  // A renewal fails: alert, mail, the reason; the licence keeps what is paid.
  const paidUntil = (await license())['paid_until'] as Date;
  world.standIn.control.failAlways(customer, 'expired_card');
  world.standIn.control.advanceCustomer(customer, 'next_invoice');
  await deliverAll();
  expect(await row()).toMatchObject({ status: 'past_due', failure_code: 'expired_card' });
  expect((await license())['expires_at']).toEqual(paidUntil);
  expect(
    await db.sql`select from public.alerts where kind = 'payment_failed' and data ->> 'failure_code' = 'expired_card'`,
  ).toHaveLength(1);

  // A retry is refused with Stripe's own code, and leaves its trace.
  const refused = await act('support', { action: 'retry_payment', subscription_id: id });
  expect(refused).toMatchObject({
    status: 402,
    body: { code: 'stripe_error', details: { code: 'expired_card', decline_code: 'expired_card' } },
  });
  expect(
    await db.sql`select from public.events where event_type = 'stripe_action_failed'
      and user_id = ${personas.support.userId}`,
  ).toHaveLength(1);
  world.standIn.control.succeedAgain(customer);
  expect((await act('support', { action: 'retry_payment', subscription_id: id })).status).toBe(200);
  expect(await row()).toMatchObject({ status: 'active', payment_failed_at: null, failure_code: null });
  expect(((await license())['expires_at'] as Date) > paidUntil).toBe(true);
  expect((await act('support', { action: 'retry_payment', subscription_id: id })).body).toMatchObject({
    code: 'nothing_to_retry',
  });

  // The preview is what the change costs; asked twice it is charged once.
  const preview = (await act('admin', { action: 'preview_plan', subscription_id: id, plan: 'premium' }))
    .body as unknown as { preview: InvoicePreview };
  expect(preview.preview).toMatchObject({
    next_amount_cents: 2900,
    lines: [
      { kind: 'unused', plan: 'starter', quantity: 1 },
      { kind: 'remaining', plan: 'premium', quantity: 1 },
    ],
  });
  const change = {
    action: 'change_plan',
    subscription_id: id,
    plan: 'premium',
    proration_date: preview.preview.proration_date,
    request_id: randomUUID(),
  };
  expect((await act('admin', change)).status).toBe(200);
  // The same dialog once more is answered by what was done; another one is refused.
  expect((await act('admin', change)).body).toMatchObject({ subscription: { plan: 'premium' } });
  expect((await act('admin', { ...change, request_id: randomUUID() })).body).toMatchObject({ code: 'same_plan' });
  await deliverAll();
  const [upgrade] = await db.sql`select amount_paid from public.invoices where billing_reason = 'subscription_update'`;
  expect(upgrade).toEqual({ amount_paid: preview.preview.amount_due_cents });
  expect(await license()).toMatchObject({ plan: 'premium' });
  expect((await act('admin', { action: 'preview_plan', subscription_id: id, plan: 'gold' })).body).toMatchObject({
    code: 'plan_has_no_price',
  });

  // A coupon for ever lowers what it weighs; without it, as before.
  await world.stripe.coupons.create({ id: 'FOREVER', percent_off: 10, duration: 'forever' });
  expect((await act('admin', { action: 'apply_coupon', subscription_id: id, coupon_id: 'FOREVER' })).status).toBe(200);
  expect(await mrr()).toBe(2610);
  const { invoice } = (await act('viewer', { action: 'upcoming_invoice', subscription_id: id })).body as unknown as {
    invoice: InvoicePreview;
  };
  expect(invoice).toMatchObject({
    amount_due_cents: 2610,
    discount_cents: -290,
    tax_cents: 0,
    balance_cents: 0,
    lines: [{ kind: 'period', plan: 'premium', quantity: 1, amount_cents: 2900 }],
  });
  expect(
    (await act('admin', { action: 'apply_coupon', subscription_id: id, promotion_code: 'NOSUCH' })).body,
  ).toMatchObject({ code: 'promotion_code_not_found' });
  await act('admin', { action: 'remove_coupon', subscription_id: id });
  expect(await mrr()).toBe(2900);

  // Refunds: a part, never more than is left; the same request twice is one.
  const [payment] =
    await db.sql`select * from public.payments where status = 'succeeded' order by payment_date limit 1`;
  const part = {
    action: 'refund',
    payment_id: payment!['id'],
    amount_cents: 500,
    reason: 'requested_by_customer',
    request_id: randomUUID(),
  };
  expect((await act('admin', part)).body).toMatchObject({ payment: { amount_refunded: 500 } });
  expect((await act('admin', part)).body).toMatchObject({ payment: { amount_refunded: 500 } });
  expect(
    (await act('admin', { ...part, amount_cents: payment!['amount'], request_id: randomUUID() })).body,
  ).toMatchObject({ code: 'amount_too_large', details: { left_cents: payment!['amount'] - 500 } });

  // Cancelled, kept, cancelled for good, bought again: the same licence lives on.
  expect((await act('admin', { action: 'cancel', subscription_id: id, when: 'period_end' })).body).toMatchObject({
    subscription: { cancel_at_period_end: true },
  });
  expect(await license()).toMatchObject({ auto_renew: false });
  expect((await act('admin', { action: 'undo_cancel', subscription_id: id })).body).toMatchObject({
    subscription: { cancel_at_period_end: false },
  });
  expect(
    (await act('admin', { action: 'cancel', subscription_id: id, when: 'now', reason: 'Fermeture' })).body,
  ).toMatchObject({ subscription: { status: 'canceled' } });
  expect(await mrr()).toBe(0);
  expect((await act('admin', { action: 'undo_cancel', subscription_id: id })).body).toMatchObject({
    code: 'already_canceled',
  });
  const again = await act('admin', {
    action: 'checkout_link',
    email: 'ines@example.com',
    plan: 'premium',
    hwid: 'HWID-JOURNEY-1',
  });
  world.standIn.control.completeCheckout(sessionOf(again), { card: '5555555555554444' });
  await deliverAll();
  expect(await db.sql`select from public.licenses where email = 'ines@example.com'`).toHaveLength(1);
  expect(await license()).toMatchObject({ plan: 'premium', auto_renew: true, mrr_cents: 2900 });
  expect(await mrr()).toBe(2900);

  // The books: what Stripe took is what we show, and nothing is left to repair.
  const charges = await world.stripe.charges.list({ limit: 100 });
  const taken = charges.data
    .filter(({ status }) => status === 'succeeded')
    .reduce((sum, { amount, amount_refunded }) => sum + amount - amount_refunded, 0);
  expect(
    Number(
      (await db.sql`select sum(amount - amount_refunded) as total from public.payments where status = 'succeeded'`)[0]![
        'total'
      ],
    ),
  ).toBe(taken);
  await world.catchUp();
  expect(await world.compareAll()).toEqual([]);
});
