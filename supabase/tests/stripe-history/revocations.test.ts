import { randomUUID } from 'node:crypto';
import type { TransactionSql } from 'postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { LicenseConsequence } from '../../contracts/rpc/licenses.ts';
import { openShop, sessionOf, type Shop } from './shop.ts';

/** The SDK asks three times before it gives up. */
const tries = 3;

let shop: Shop;
let email: string;
let license: string;
let subscription: Record<string, any>;
let payment: Record<string, any>;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.db.drop());

beforeEach(async () => {
  email = `revoked-${randomUUID()}@example.com`;
  await buy(email);
  subscription = (
    await shop.db.sql`select to_jsonb(subscriptions) as row from public.subscriptions
    where email = ${email}`
  )[0]!;
  subscription = subscription['row'];
  payment = (await shop.db.sql`select to_jsonb(payments) as row from public.payments where email = ${email}`)[0]!;
  payment = payment['row'];
  license = subscription['license_id'];
});

async function buy(of: string) {
  const link = await shop.act('support', { action: 'checkout_link', email: of, plan: 'starter', hwid: randomUUID() });
  shop.world.standIn.control.completeCheckout(sessionOf(link), { card: '4242424242424242' });
  await shop.deliverAll();
}
const revoke = (more: object = {}, who: 'admin' | 'support' = 'admin') =>
  shop.act(who, {
    action: 'revoke_license',
    license_id: license,
    subscription_id: subscription['id'],
    billing: 'now',
    reason: 'Fraude',
    send_email: true,
    seen: { subscription, payment },
    ...more,
  });
const refunding = (amount_cents = 1900) => ({
  refund: { payment_id: payment['id'], amount_cents, reason: 'fraudulent' },
});
const state = async () =>
  (
    await shop.db.sql`select licenses.status as license, subscriptions.status as subscription,
      subscriptions.cancel_at_period_end as ends, payments.amount_refunded::int as refunded
    from public.licenses join public.subscriptions on subscriptions.license_id = licenses.id
    join public.payments on payments.subscription_id = subscriptions.id where licenses.id = ${license}`
  )[0];
const whole = async () =>
  (
    await shop.db.sql`select state, settled_by from private.stripe_acts
    where license_id = ${license} and action = 'revoke_license'`
  )[0];
const mails = async () =>
  (
    await shop.db.sql`select data from public.email_outbox where license_id = ${license}
    and template = 'license_revoked'`
  ).map(({ data }) => data);
const told = (type: string) => shop.db.sql`select event_data, user_id from public.events
  where license_id = ${license} and event_type = ${type}`;
const later = async () => {
  shop.world.pass(1200);
  await shop.db.sql`update private.stripe_acts set begun_at = begun_at - interval '20 minutes'
    where state in ('begun', 'unknown')`;
};
const asAdmin = (query: (sql: TransactionSql) => Promise<any>) => shop.db.as(shop.personas.admin, query);

describe('a licence whose subscription runs', () => {
  it('is not revoked, alone or among others, unless it is said that the customer is billed on', async () => {
    await expect(asAdmin((sql) => sql`select public.revoke_license(${license}, 'Fraude')`)).rejects.toMatchObject({
      hint: 'subscription_running',
    });
    const [many] = await asAdmin((sql) => sql`select public.revoke_licenses(${[license]}, 'Fraude') as result`);
    expect(many.result).toEqual({ done: 0, errors: [{ license_id: license, reason: 'subscription_running' }] });
    expect(await state()).toMatchObject({ license: 'active' });
    await asAdmin((sql) => sql`select public.revoke_license(${license}, 'Fraude', true, billed_on => true)`);
    expect(await state()).toMatchObject({ license: 'revoked', subscription: 'active', ends: false });
    expect(await mails()).toEqual([{ billing: 'keep' }]);
    expect((await told('license_revoked'))[0]!['event_data']).toMatchObject({ billing: 'keep' });
  });

  it('is not deleted, and keeps it when it moves to another machine', async () => {
    await expect(asAdmin((sql) => sql`select public.delete_license(${license}, 'x')`)).rejects.toMatchObject({
      hint: 'license_in_use',
    });
    await asAdmin((sql) => sql`select public.transfer_license(${license}, ${randomUUID()}, 'Nouveau PC')`);
    const [row] = await shop.db.sql`select stripe_subscription_id from public.licenses where id = ${license}`;
    expect(row!['stripe_subscription_id']).toBe(subscription['stripe_subscription_id']);
  });

  it('is not deleted either while a subscription that is not paid yet names it', async () => {
    const [made] = await asAdmin(
      (sql) => sql`select public.create_license(${email}, ${randomUUID()}, 'premium') as row`,
    );
    await shop.db
      .sql`update public.subscriptions set named_license_id = ${made.row.id} where id = ${subscription['id']}`;
    await expect(asAdmin((sql) => sql`select public.delete_license(${made.row.id}, 'x')`)).rejects.toMatchObject({
      hint: 'subscription_running',
    });
  });

  it('shows what its end would leave behind', async () => {
    const [other] = await asAdmin(
      (sql) => sql`select public.create_license(${email}, ${randomUUID()}, 'premium') as row`,
    );
    const [answer] = await asAdmin((sql) => sql`select public.list_license_consequences(${[license]}) as rows`);
    const [found] = answer.rows as LicenseConsequence[];
    expect(found).toMatchObject({
      license_id: license,
      bills_on: true,
      subscription: { id: subscription['id'], amount_cents: 1900, next_payment_at: subscription['current_period_end'] },
      payment: { id: payment['id'], amount: 1900, actions: { refund: null } },
      other_licenses: [{ id: other.row.id, plan: 'premium', status: 'active' }],
    });
    const support = await shop.db.as(
      shop.personas.support,
      (sql) => sql`select public.list_license_consequences(${[license]}) as rows`,
    );
    expect(support[0]!['rows'][0]).toMatchObject({
      payment: { actions: { refund: 'permission_denied' } },
      subscription: { actions: { cancel: 'permission_denied' } },
    });
  });
});

describe('revoked with its subscription', () => {
  it('is one act of three parts: cancelled, revoked, refunded, and mailed what was done', async () => {
    const answer = await revoke(refunding());
    expect(answer).toMatchObject({
      status: 200,
      body: {
        license: { status: 'revoked' },
        parts: { cancel: 'done', license: 'done', refund: 'done' },
        refund_error: null,
      },
    });
    expect(await state()).toEqual({ license: 'revoked', subscription: 'canceled', ends: false, refunded: 1900 });
    expect(await whole()).toEqual({ state: 'done', settled_by: 'answer' });
    expect(await mails()).toMatchObject([{ billing: 'now', amount_cents: 1900, currency: 'EUR' }]);
    const [settled] = await told('license_revocation_settled');
    const [revoked] = await told('license_revoked');
    const requested = await shop.db.sql`select event_data ->> 'act_id' as act, user_id from public.events
      where event_type = 'stripe_action_requested' and license_id = ${license}`;
    expect(settled!['event_data']).toMatchObject({ parts: { cancel: 'done', license: 'done', refund: 'done' } });
    // One act: every part carries it, and its person.
    const acts = [settled!['event_data'].act_id, revoked!['event_data'].act_id, ...requested.map(({ act }) => act)];
    expect(acts).toHaveLength(4);
    expect(new Set(acts).size).toBe(1);
    expect(revoked!['user_id']).toBe(shop.personas.admin.userId);
    await shop.deliverAll();
    expect(
      await shop.db.sql`select from public.alerts where kind in ('revocation_incomplete',
      'payment_for_revoked_license') and customer_id = ${subscription['customer_id']}`,
    ).toHaveLength(0);
  });

  it('may let the subscription run to the end of what is paid', async () => {
    expect((await revoke({ billing: 'period_end', send_email: false })).status).toBe(200);
    expect(await state()).toEqual({ license: 'revoked', subscription: 'active', ends: true, refunded: 0 });
    expect(await mails()).toEqual([]);
  });

  it('is left as it was when Stripe refuses the cancellation', async () => {
    const { stripe } = shop.world;
    const cancel = stripe.subscriptions.cancel.bind(stripe.subscriptions);
    // Somebody was quicker at Stripe's dashboard, in the moment between look and act.
    stripe.subscriptions.cancel = (async (...given: Parameters<typeof cancel>) => {
      await cancel(given[0]);
      return cancel(...given);
    }) as never;
    const answer = await revoke(refunding());
    stripe.subscriptions.cancel = cancel as never;
    expect(answer).toMatchObject({ status: 409, body: { code: 'stripe_error' } });
    expect(await whole()).toMatchObject({ state: 'refused' });
    expect(await state()).toMatchObject({ license: 'active', refunded: 0 });
    expect(await mails()).toEqual([]);
  });

  it('is refused when the subscription is not any more what the dialog showed', async () => {
    const id = subscription['stripe_subscription_id'];
    await shop.world.stripe.subscriptions.update(id, { cancel_at_period_end: true });
    expect(await revoke()).toMatchObject({ status: 409, body: { code: 'seen_changed' } });
    await shop.world.stripe.subscriptions.cancel(id);
    expect(await revoke()).toMatchObject({ status: 409, body: { code: 'already_canceled' } });
    expect(await state()).toMatchObject({ license: 'active' });
  });

  it('waits for Stripe when the cancellation got no answer, and goes by itself once Stripe has told', async () => {
    shop.world.standIn.control.loseAnswers(tries);
    expect(await revoke()).toMatchObject({ status: 504, body: { code: 'act_unknown' } });
    expect(await whole()).toMatchObject({ state: 'unknown' });
    expect(await state()).toMatchObject({ license: 'active' });
    const [row] = await asAdmin((sql) => sql`select public.get_license(${license}) as row`);
    expect(row.row).toMatchObject({
      open_act: { action: 'revoke_license', state: 'unknown', by: expect.any(String) },
      actions: { revoke: 'act_under_way' },
    });
    expect((await revoke()).body).toMatchObject({ code: 'act_under_way' });
    await expect(
      asAdmin((sql) => sql`select public.revoke_license(${license}, 'x', billed_on => true)`),
    ).rejects.toMatchObject({ hint: 'act_under_way' });
    await shop.deliverAll();
    expect(await state()).toMatchObject({ license: 'revoked', subscription: 'canceled' });
    expect(await whole()).toEqual({ state: 'done', settled_by: 'event' });
    expect((await told('license_revoked'))[0]!['user_id']).toBe(shop.personas.admin.userId);
    expect(await mails()).toMatchObject([{ billing: 'now' }]);
  });

  it('stays when the cancellation never reached Stripe', async () => {
    shop.world.standIn.control.loseRequests(tries);
    await revoke();
    await later();
    await shop.world.catchUp();
    expect(await whole()).toEqual({ state: 'failed', settled_by: 'look' });
    expect(await state()).toMatchObject({ license: 'active', subscription: 'active' });
    expect((await revoke()).status).toBe(200);
  });

  it('is revoked and billed no more when the refund is refused, which staff are told', async () => {
    // In the moment between the two.
    const { stripe } = shop.world;
    const refund = stripe.refunds.create.bind(stripe.refunds);
    stripe.refunds.create = (async (...given: Parameters<typeof refund>) => {
      await refund({ charge: payment['stripe_payment_id'] });
      return refund(...given);
    }) as never;
    const answer = await revoke(refunding());
    stripe.refunds.create = refund as never;
    expect(answer).toMatchObject({
      status: 200,
      body: { parts: { cancel: 'done', license: 'done', refund: 'refused' }, refund_error: { code: 'stripe_error' } },
    });
    expect(await state()).toMatchObject({ license: 'revoked', subscription: 'canceled' });
    expect(
      await shop.db.sql`select from public.alerts where kind = 'revocation_incomplete'
      and subject_id = ${license}`,
    ).toHaveLength(1);
    const [mail] = await mails();
    expect(mail, 'nobody is told of money that does not come').not.toHaveProperty('amount_cents');
  });

  it('a refund without an answer holds the mail back until Stripe has told', async () => {
    const { stripe, standIn } = shop.world;
    const refund = stripe.refunds.create.bind(stripe.refunds);
    stripe.refunds.create = (async (...given: Parameters<typeof refund>) => {
      standIn.control.loseAnswers(tries);
      return refund(...given);
    }) as never;
    const answer = await revoke(refunding());
    stripe.refunds.create = refund as never;
    expect(answer).toMatchObject({
      status: 200,
      body: { parts: { cancel: 'done', license: 'done', refund: 'unknown' }, refund_error: { code: 'act_unknown' } },
    });
    expect(await mails()).toEqual([]);
    await shop.deliverAll();
    expect(await whole()).toMatchObject({ state: 'done' });
    expect(await mails()).toMatchObject([{ billing: 'now', amount_cents: 1900 }]);
  });

  it('whose function died after the cancellation is finished, and what was not refunded is told', async () => {
    shop.die();
    expect((await revoke(refunding())).status).toBe(500);
    expect(await state()).toMatchObject({ license: 'active' });
    await shop.deliverAll();
    expect(await state()).toMatchObject({ license: 'revoked', subscription: 'canceled', refunded: 0 });
    await later();
    await shop.world.catchUp();
    expect(await whole()).toEqual({ state: 'done', settled_by: 'look' });
    const [settled] = await told('license_revocation_settled');
    expect(settled!['event_data'].parts).toEqual({ cancel: 'done', license: 'done', refund: 'failed' });
    expect(
      await shop.db.sql`select from public.alerts where kind = 'revocation_incomplete'
      and subject_id = ${license}`,
    ).toHaveLength(1);
  });

  it('asks each permission of its parts, and begins nothing without one', async () => {
    expect(await revoke({}, 'support')).toMatchObject({ status: 403, body: { code: 'permission_denied' } });
    await shop.db.sql`insert into private.role_permissions values ('support', 'licenses.revoke')`;
    expect((await revoke({}, 'support')).status, 'cancel').toBe(403);
    await shop.db.sql`insert into private.role_permissions values ('support', 'subscriptions.manage')`;
    expect((await revoke(refunding(), 'support')).status, 'refund').toBe(403);
    expect(await whole()).toBeUndefined();
    expect((await revoke({}, 'support')).status).toBe(200);
    await shop.db.sql`delete from private.role_permissions where role = 'support'
      and permission in ('licenses.revoke', 'subscriptions.manage')`;
  });

  it.each([['a refund above what is left', refunding, 'amount_too_large', () => ({ ...refunding(99_000) })]])(
    '%s is refused before anything is done',
    async (_, __, code, more) => {
      expect((await revoke(more())).body).toMatchObject({ code });
      expect(await state()).toMatchObject({ license: 'active', subscription: 'active' });
      expect(await whole()).toBeUndefined();
    },
  );

  it('a subscription of another licence is refused', async () => {
    const mine = license;
    await buy(`other-${randomUUID()}@example.com`);
    license = (await shop.license())['id'];
    expect((await revoke()).body).toMatchObject({ code: 'subscription_not_of_license' });
    license = mine;
  });

  it('shows the mail before it leaves, as it will leave', async () => {
    await shop.db.sql`update public.customers set locale = 'fr' where email = ${email}`;
    const { body } = await shop.act('admin', {
      action: 'revocation_mail',
      license_id: license,
      billing: 'period_end',
      ends_at: subscription['current_period_end'],
      refund: { amount_cents: 1900, currency: 'EUR' },
    });
    const { mail } = body as Record<string, any>;
    expect(mail).toMatchObject({ locale: 'fr', recipient: email, refused: false });
    expect(mail.text).toMatch(/Starter[\s\S]*prend fin le[\s\S]*remboursons 19,00\s€/);
    const denied = await shop.act('support', { action: 'revocation_mail', license_id: license });
    expect(denied.status).toBe(403);
  });
});
