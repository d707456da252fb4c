import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { ensurePortal } from '@whatautosys/seed/stripe-catalogue';
import { openShop, sessionOf, type Shop } from './shop.ts';

/** The SDK asks three times before it gives up. */
const tries = 3;

let shop: Shop;
let id: string;
let payment: Record<string, any>;
beforeAll(async () => {
  shop = await openShop();
  await ensurePortal(shop.world.stripe, 'https://shop.test');
});
afterAll(() => shop.db.drop());

beforeEach(async () => {
  const email = `lost-${randomUUID()}@example.com`;
  const link = await shop.act('support', { action: 'checkout_link', email, plan: 'starter', hwid: randomUUID() });
  shop.world.standIn.control.completeCheckout(sessionOf(link), { card: '4242424242424242' });
  await shop.deliverAll();
  payment = (await shop.db.sql`select * from public.payments where email = ${email}`)[0]!;
  id = payment['subscription_id'];
});

const acts = () => shop.db.sql`select action, state, settled_by from private.stripe_acts
  where payment_id = ${payment['id']} or (subscription_id = ${id} and action <> 'revoke_license') order by begun_at`;
const told = async () =>
  (
    await shop.db.sql`select event_type, actor_kind, user_id from public.events
      where subject_type = 'subscription' and subject_id = ${id}
      and event_type ~ 'stripe_action|refunded|canceled|cancellation' order by sequence`
  ).map(({ event_type, user_id }) => [event_type, user_id === shop.personas.admin.userId ? 'admin' : user_id]);
const paid = async () => (await shop.db.sql`select * from public.payments where id = ${payment['id']}`)[0]!;
const subscription = async () => (await shop.db.sql`select * from public.subscriptions where id = ${id}`)[0]!;
const refund = (amount_cents: number, more: object = {}) =>
  shop.act('admin', { action: 'refund', payment_id: payment['id'], amount_cents, reason: 'duplicate', ...more });
/** Twenty minutes later, whatever was begun has begun long ago. */
const later = async () => {
  shop.world.pass(1200);
  await shop.db.sql`update private.stripe_acts set begun_at = begun_at - interval '20 minutes'
    where state in ('begun', 'unknown')`;
};

it('an answer that is lost leaves the act unknown, shown at its object, and nothing is asked twice', async () => {
  shop.world.standIn.control.loseAnswers(tries);
  const lost = await refund(500);
  expect(lost).toMatchObject({ status: 504, body: { code: 'act_unknown', details: { type: expect.any(String) } } });
  expect(lost.body, 'Stripe’s own text is for the audit').not.toHaveProperty('details.message');
  expect(await acts()).toEqual([{ action: 'refund', state: 'unknown', settled_by: null }]);
  const [listed] = (await shop.db.sql`select public.search_payments(query => ${payment['email']}) as page`)[0]!['page']
    .rows;
  expect(listed).toMatchObject({
    actions: { refund: 'act_under_way' },
    open_act: { action: 'refund', state: 'unknown', by: expect.any(String), amount_cents: 500 },
  });
  const again = await refund(500);
  expect(again).toMatchObject({
    status: 409,
    body: { code: 'act_under_way', details: { act: { action: 'refund', state: 'unknown', by: expect.any(String) } } },
  });
  expect((await shop.world.stripe.charges.retrieve(payment['stripe_payment_id'])).amount_refunded).toBe(500);
});

it('Stripe’s event closes it, and names who acted', async () => {
  shop.world.standIn.control.loseAnswers(tries);
  await refund(500);
  await shop.deliverAll();
  expect(await acts()).toEqual([{ action: 'refund', state: 'done', settled_by: 'event' }]);
  expect(await paid()).toMatchObject({ amount_refunded: 500 });
  expect(await told()).toEqual([
    ['stripe_action_requested', 'admin'],
    ['stripe_action_unknown', 'admin'],
    ['payment_refunded', 'admin'],
    ['stripe_action_confirmed', 'admin'],
  ]);
  expect(await refund(300)).toMatchObject({ status: 200, body: { payment: { amount_refunded: 800 } } });
});

it('the same dialog asked again is answered by what was done, once', async () => {
  const request_id = randomUUID();
  shop.world.standIn.control.loseAnswers(tries);
  const seen = JSON.parse(JSON.stringify(await paid()));
  await refund(500, { request_id, seen });
  expect(await refund(500, { request_id, seen })).toMatchObject({
    status: 200,
    body: { payment: { amount_refunded: 500 } },
  });
  expect(await refund(500, { request_id, seen })).toMatchObject({
    status: 200,
    body: { payment: { amount_refunded: 500 } },
  });
  expect(await refund(501, { request_id, seen })).toMatchObject({ status: 409, body: { code: 'request_id_reused' } });
});

it('what never reached Stripe is found out by the synchronisation, and may be asked again', async () => {
  shop.world.standIn.control.loseRequests(tries);
  expect(await refund(500)).toMatchObject({ status: 504, body: { code: 'act_unknown' } });
  await shop.world.catchUp();
  expect(await acts(), 'too early to know').toEqual([{ action: 'refund', state: 'unknown', settled_by: null }]);
  await later();
  await shop.world.catchUp();
  expect(await acts()).toEqual([{ action: 'refund', state: 'failed', settled_by: 'look' }]);
  expect((await told()).map(([type]) => type)).toEqual([
    'stripe_action_requested',
    'stripe_action_unknown',
    'stripe_action_failed',
  ]);
  expect(await refund(500)).toMatchObject({ status: 200, body: { payment: { amount_refunded: 500 } } });
});

it('an event the webhook missed is found by the synchronisation', async () => {
  shop.world.standIn.control.loseAnswers(tries);
  await shop.act('admin', { action: 'cancel', subscription_id: id, when: 'period_end' });
  shop.world.standIn.events.take();
  await later();
  await shop.world.catchUp();
  expect(await acts()).toMatchObject([{ action: 'cancel', state: 'done' }]);
  expect(await subscription()).toMatchObject({ cancel_at_period_end: true });
});

it('a cancellation at once, of which Stripe keeps no key, is closed by the end of its subscription', async () => {
  shop.world.standIn.control.loseAnswers(tries);
  expect(await shop.act('admin', { action: 'cancel', subscription_id: id, when: 'now' })).toMatchObject({
    body: { code: 'act_unknown' },
  });
  await shop.deliverAll();
  expect(await acts()).toEqual([{ action: 'cancel', state: 'done', settled_by: 'event' }]);
  expect(await subscription()).toMatchObject({ status: 'canceled' });
});

it('a function that dies between Stripe and the database leaves nothing wrong', async () => {
  shop.die();
  expect((await refund(500)).status).toBe(500);
  expect(await acts()).toEqual([{ action: 'refund', state: 'begun', settled_by: null }]);
  expect(await refund(500)).toMatchObject({ status: 409, body: { code: 'act_under_way' } });
  await later();
  const [row] = (await shop.db.sql`select public.search_payments(query => ${payment['email']}) as page`)[0]!['page']
    .rows;
  expect(row.open_act, 'begun long ago is unknown').toMatchObject({ state: 'unknown' });
  await shop.deliverAll();
  expect(await acts()).toEqual([{ action: 'refund', state: 'done', settled_by: 'event' }]);
  expect(await paid()).toMatchObject({ amount_refunded: 500 });
});

it('a function that dies, and whose events were lost, is settled by the synchronisation', async () => {
  shop.die();
  expect((await refund(500)).status).toBe(500);
  shop.world.standIn.events.take();
  await later();
  await shop.world.catchUp();
  expect(await acts()).toMatchObject([{ action: 'refund', state: 'done' }]);
  expect(await paid()).toMatchObject({ amount_refunded: 500 });
});

it('an outage before anything was asked is no unknown act', async () => {
  shop.world.standIn.control.down(3600);
  expect(await refund(500)).toMatchObject({ status: 503, body: { code: 'stripe_unavailable' } });
  shop.world.standIn.control.down(0);
  expect(await acts()).toEqual([]);
  expect((await refund(500)).status).toBe(200);
});

it('two people who refund at once make one refund; the other is told who did', async () => {
  const seen = JSON.parse(JSON.stringify(await paid()));
  const answers = await Promise.all([refund(500, { seen }), refund(500, { seen })]);
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  const refused = answers.find(({ status }) => status === 409)!.body as Record<string, any>;
  expect(['seen_changed', 'act_under_way']).toContain(refused['code']);
  expect(refused['details'].act).toMatchObject({ action: 'refund', amount_cents: 500, by: expect.any(String) });
  expect((await shop.world.stripe.charges.retrieve(payment['stripe_payment_id'])).amount_refunded).toBe(500);
});

it('what changed since the dialog was opened is refused with what it is now, whoever did it', async () => {
  const seen = JSON.parse(JSON.stringify(await paid()));
  await refund(500);
  expect(await refund(700, { seen })).toMatchObject({
    status: 409,
    body: {
      code: 'seen_changed',
      details: {
        currency: 'EUR',
        changed: { amount_refunded: { seen: 0, now: 500 } },
        act: { action: 'refund', amount_cents: 500, by: expect.any(String) },
      },
    },
  });
  // At Stripe's dashboard, of which no event has come yet.
  const before = JSON.parse(JSON.stringify(await paid()));
  await shop.world.stripe.refunds.create({ charge: payment['stripe_payment_id'], amount: 100 });
  const answer = await refund(700, { seen: before });
  expect(answer).toMatchObject({
    status: 409,
    body: { code: 'seen_changed', details: { changed: { amount_refunded: { now: 600 } } } },
  });
  expect(answer.body).not.toHaveProperty('details.act');
});

it.each([
  ['cancel', { when: 'now' }],
  ['change_plan', { plan: 'premium' }],
  ['apply_coupon', { coupon_id: 'FOREVER' }],
] as const)('%s of a subscription that was changed meanwhile is refused', async (action, fields) => {
  const seen = JSON.parse(JSON.stringify(await subscription()));
  await shop.act('admin', { action: 'cancel', subscription_id: id, when: 'period_end' });
  expect(await shop.act('admin', { action, subscription_id: id, ...fields, seen })).toMatchObject({
    status: 409,
    body: { code: 'seen_changed', details: { changed: { cancel_at_period_end: { seen: false, now: true } } } },
  });
});

it('a plan whose change got no answer is not changed again, and nothing else on the subscription either', async () => {
  shop.world.standIn.control.loseAnswers(tries);
  const change = { action: 'change_plan', subscription_id: id, plan: 'premium' };
  expect((await shop.act('admin', change)).body).toMatchObject({ code: 'act_unknown' });
  for (const body of [change, { action: 'cancel', subscription_id: id, when: 'now' }])
    expect((await shop.act('admin', body)).body).toMatchObject({ code: 'act_under_way' });
  expect((await shop.act('support', { action: 'portal_link', subscription_id: id })).status).toBe(200);
  await shop.deliverAll();
  expect(await subscription()).toMatchObject({ plan: 'premium' });
  const bills = await shop.world.stripe.invoices.list({
    subscription: (await subscription())['stripe_subscription_id'],
  });
  expect(bills.data.map(({ billing_reason }) => billing_reason)).toEqual([
    'subscription_update',
    'subscription_create',
  ]);
});

it('a link whose answer was lost is never said not to have been made, and holds nothing up', async () => {
  shop.world.standIn.control.loseAnswers(tries);
  expect((await shop.act('support', { action: 'portal_link', subscription_id: id })).status).toBe(504);
  await later();
  await shop.world.catchUp();
  expect(await acts()).toEqual([{ action: 'portal_link', state: 'unknown', settled_by: null }]);
  expect((await told()).map(([type]) => type)).not.toContain('stripe_action_failed');
  expect((await shop.act('support', { action: 'portal_link', subscription_id: id })).status).toBe(200);
  expect((await refund(500)).status).toBe(200);
});

it('the same request of another subscription or payment is another request', async () => {
  const [other] = await shop.db.sql`select payments.id, subscription_id from public.payments
    where subscription_id <> ${id} and status = 'succeeded' and amount_refunded = 0 limit 1`;
  const request_id = randomUUID();
  const reused = { status: 409, body: { code: 'request_id_reused' } };
  expect((await refund(500, { request_id })).status).toBe(200);
  expect(await refund(500, { request_id, payment_id: other!['id'] })).toMatchObject(reused);
  const cancel = { action: 'cancel', when: 'period_end', request_id };
  expect((await shop.act('admin', { ...cancel, subscription_id: id })).status).toBe(200);
  expect(await shop.act('admin', { ...cancel, subscription_id: other!['subscription_id'] })).toMatchObject(reused);
});

it('events of a person’s act name him, whichever of answer and event is first', async () => {
  const [last] = await shop.db.sql`select max(sequence) as sequence from public.events`;
  await shop.act('admin', { action: 'cancel', subscription_id: id, when: 'now' });
  await shop.deliverAll();
  const since = await shop.db.sql`select event_type, user_id from public.events where sequence > ${last!['sequence']}
    order by sequence`;
  expect(since.map(({ event_type }) => event_type)).toEqual(expect.arrayContaining(['subscription_canceled']));
  expect(since.filter(({ user_id }) => user_id !== shop.personas.admin.userId)).toEqual([]);
});
