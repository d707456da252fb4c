import { randomUUID } from 'node:crypto';
import type Stripe from 'stripe';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Preview } from '../../../edge-functions/stripe-action/previews.ts';
import { createHandler } from '../../../edge-functions/stripe-action/handler.ts';
import { createActionStore } from '../../../edge-functions/stripe-action/store.ts';
import { createTestDatabase, type Persona, type TestDatabase } from '../database.ts';
import { Random } from './random.ts';
import { createWorld, type World } from './world.ts';

let db: TestDatabase;
let world: World;
let personas: Record<'admin' | 'support' | 'viewer', Persona>;
beforeAll(async () => {
  db = await createTestDatabase();
  world = await createWorld(db.sql, new Random(7));
  await db.sql`insert into public.stripe_syncs (kind, status, finished_at) values ('full', 'succeeded', now())`;
  personas = {
    admin: await db.addStaff('admin'),
    support: await db.addStaff('support'),
    viewer: await db.addStaff('viewer'),
  };
});
afterAll(() => db.drop());

const deliverAll = async () => {
  for (const event of world.standIn.events.take()) await world.deliver(event);
};
const row = async () => (await db.sql`select * from public.subscriptions order by started_at desc limit 1`)[0]!;
const license = async () => (await db.sql`select * from public.licenses order by created_at desc limit 1`)[0]!;
const mrr = async () =>
  Number((await db.sql`select coalesce(sum(amount_cents), 0) as total from public.mrr_movements`)[0]!['total']);

/** What the console does, as that person. */
async function act(
  who: keyof typeof personas,
  body: Record<string, unknown>,
): Promise<{ status: number; body: Record<string, never> & { [key: string]: never } }> {
  const handle = createHandler({
    authenticate: async () => ({ claims: personas[who].claims, ip: '198.51.100.9', userAgent: 'vitest' }),
    store: createActionStore(db.sql, world.stripe, () => new Date(world.standIn.now() * 1000)),
    stripe: world.stripe,
    consoleUrl: 'https://console.test',
    customerUrl: 'https://shop.test',
  });
  const response = await handle(
    new Request('http://functions/stripe-action', {
      method: 'POST',
      body: JSON.stringify({ request_id: randomUUID(), ...body }),
    }),
  );
  return { status: response.status, body: (await response.json()) as never };
}

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
  const sessionId = String((link.body as unknown as { url: string }).url)
    .split('/')
    .at(-1)!;
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
    await db.sql`select from public.email_outbox where template = 'license_created' and recipient = 'ines@example.com' and locale = 'fr'`,
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
    await db.sql`select from public.events where event_type = 'stripe_action_failed' and actor = ${personas.support.email}`,
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
    .body as unknown as { preview: { amount_due_cents: number; proration_date: number; next_amount_cents: number } };
  expect(preview.preview).toMatchObject({ next_amount_cents: 2900 });
  const change = {
    action: 'change_plan',
    subscription_id: id,
    plan: 'premium',
    proration_date: preview.preview.proration_date,
    request_id: randomUUID(),
  };
  expect((await act('admin', change)).status).toBe(200);
  expect((await act('admin', change)).body).toMatchObject({ code: 'same_plan' });
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
    invoice: Preview;
  };
  expect(invoice).toMatchObject({
    amount_due_cents: 2610,
    discount_cents: -290,
    tax_cents: 0,
    balance_cents: 0,
    lines: [{ amount_cents: 2900 }],
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
  world.standIn.control.completeCheckout(
    String((again.body as unknown as { url: string }).url)
      .split('/')
      .at(-1)!,
    { card: '5555555555554444' },
  );
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
