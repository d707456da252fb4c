import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SubscriptionRow } from '../../contracts/rows/billing.ts';
import { openShop, sessionOf, type Shop } from './shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
  shop.world.standIn.control.afterRetries('past_due');
});
afterAll(() => shop.db.drop());

const asksEachTime = '4000002760003184';
const hour = 3_600;
const shown = async (id: string): Promise<SubscriptionRow> =>
  (
    await shop.db.sql`select private.subscription_row(subscriptions) as row from public.subscriptions where id = ${id}`
  )[0]!['row'];
const licenseOf = async (id: string) =>
  (
    await shop.db.sql`select licenses.* from public.licenses join public.subscriptions on license_id = licenses.id
      where subscriptions.id = ${id}`
  )[0]!;
const mails = async (email: string) =>
  (
    await shop.db.sql`select template, data from public.email_outbox where recipient = ${email}
      and template in ('payment_action_required', 'payment_failed') order by created_at, id`
  ).map(({ template, data }) => ({ template, ...data }));
const told = async (id: string) =>
  (
    await shop.db.sql`select event_type from public.events where subject_type = 'subscription' and subject_id = ${id}`
  ).map(({ event_type }) => event_type as string);
const alerts = async (kind: string, id: string) =>
  (await shop.db.sql`select from public.alerts where kind = ${kind} and subject_id = ${id}`).length;

/** A subscription that is paid, by a card whose bank may ask for its owner. */
async function bought(email: string, card = asksEachTime) {
  const { control } = shop.world.standIn;
  const link = await shop.act('admin', { action: 'checkout_link', email, plan: 'starter', hwid: `HWID-${email}` });
  control.completeCheckout(sessionOf(link), { card });
  await shop.deliverAll();
  const [row] = await shop.db.sql`select * from public.subscriptions where email = ${email}`;
  const id = row!['id'] as string;
  return {
    id,
    control,
    customer: row!['stripe_customer_id'] as string,
    later: async (by: { days: number } | 'next_invoice') => {
      control.advanceCustomer(row!['stripe_customer_id'], by);
      await shop.deliverAll();
    },
    confirm: async (isConfirmed = true) => {
      control.confirmPayments(row!['stripe_customer_id'], isConfirmed);
      await shop.deliverAll();
    },
  };
}

describe('a renewal the bank wants confirmed', () => {
  it('waits for the customer: he is mailed where, once an attempt, and staff see it', async () => {
    const email = 'confirm@example.com';
    const { id, later, confirm } = await bought(email);
    const { paid_until } = await licenseOf(id);
    await later('next_invoice');
    const row = await shown(id);
    expect(row).toMatchObject({
      status: 'past_due',
      awaiting_customer_since: expect.any(String),
      confirmation: { url: expect.stringMatching(/\/i\/in_/), amount_cents: 1900, currency: 'EUR', expires_at: null },
    });
    expect(await mails(email)).toMatchObject([
      { template: 'payment_action_required', attempt: 1, invoice_url: row.confirmation!.url, is_change: false },
    ]);
    expect(await alerts('payment_action_required', id)).toBe(1);
    const [{ found }] = await shop.db.as(
      shop.personas.viewer,
      (sql) => sql<[{ found: { total: number; rows: SubscriptionRow[] } }]>`
        select public.search_subscriptions(attention => 'waiting', query => ${email}) as found`,
    );
    expect(found.rows.map((one) => one.id)).toEqual([id]);

    // Tried again without him: the answer says that he is needed, and whoever tries.
    const again = await shop.act('support', { action: 'retry_payment', subscription_id: id });
    expect(again).toMatchObject({
      status: 402,
      body: { code: 'stripe_error', details: { code: 'authentication_required' } },
    });
    await shop.deliverAll();
    expect((await mails(email)).map(({ attempt }) => attempt)).toEqual([1, 2]);
    expect(await alerts('payment_action_required', id)).toBe(1);

    await confirm();
    expect(await shown(id)).toMatchObject({
      status: 'active',
      awaiting_customer_since: null,
      confirmation: null,
      payment_failed_at: null,
    });
    expect(((await licenseOf(id))['paid_until'] as Date).getTime()).toBeGreaterThan((paid_until as Date).getTime());
    expect(await mails(email)).toHaveLength(2);
  });

  it('that he does not confirm has failed, until the bank asks again', async () => {
    const { id, later, confirm } = await bought('unproven@example.com');
    await later('next_invoice');
    await confirm(false);
    expect(await shown(id)).toMatchObject({ awaiting_customer_since: null, payment_failed_at: expect.any(String) });
    await later({ days: 5.1 });
    expect(await shown(id)).toMatchObject({ awaiting_customer_since: expect.any(String) });
  });

  it('and is refused by the bank once confirmed has failed for the bank’s reason', async () => {
    const { id, control, customer, later, confirm } = await bought('poor@example.com', '4242424242424242');
    control.updateCardInPortal(customer, '4000008260003178');
    await later('next_invoice');
    expect(await shown(id)).toMatchObject({ awaiting_customer_since: expect.any(String) });
    await confirm();
    expect(await shown(id)).toMatchObject({ awaiting_customer_since: null, failure_code: 'insufficient_funds' });
  });

  it('asks once only where the card remembers', async () => {
    const { id, later } = await bought('remembered@example.com', '4000002500003155');
    await later('next_invoice');
    expect(await shown(id)).toMatchObject({ status: 'active', awaiting_customer_since: null });
    expect(await mails('remembered@example.com')).toEqual([]);
  });

  it('told late, of an attempt that was followed by another, says nothing', async () => {
    const { id, later } = await bought('late@example.com');
    const { control } = shop.world.standIn;
    control.advanceCustomer((await shown(id)).stripe_customer_id, 'next_invoice');
    const events = shop.world.standIn.events.take();
    const asked = events.find(({ type }) => type === 'invoice.payment_action_required')!;
    for (const event of events) if (event !== asked) await shop.world.deliver(event);
    control.updateCardInPortal((await shown(id)).stripe_customer_id, '4000000000000341');
    await later({ days: 3.1 });
    await shop.world.deliver(asked);
    expect(await shown(id)).toMatchObject({ awaiting_customer_since: null, failure_code: 'generic_decline' });
  });
});

describe('a change of plan', () => {
  const change = (id: string, plan = 'premium') =>
    shop.act('admin', { action: 'change_plan', subscription_id: id, plan });

  it('the bank wants confirmed waits at the subscription; plan and licence stay until it is paid', async () => {
    const email = 'upgrade@example.com';
    const { id, later, confirm } = await bought(email);
    await later({ days: 3 });
    const answer = await change(id);
    expect(answer).toMatchObject({
      status: 200,
      body: {
        subscription: {
          plan: 'starter',
          status: 'active',
          payment_failed_at: null,
          awaiting_customer_since: expect.any(String),
          pending_update: { plan: 'premium', billing_interval: 'month', quantity: 1 },
          confirmation: { url: expect.stringMatching(/\/i\/in_/), expires_at: expect.any(String) },
        },
      },
    });
    await shop.deliverAll();
    expect(await licenseOf(id)).toMatchObject({ plan: 'starter' });
    expect(await mails(email)).toMatchObject([
      { template: 'payment_action_required', is_change: true, plan_name: 'Starter' },
    ]);
    expect(await told(id)).toContain('subscription_change_waiting');
    expect(await alerts('payment_failed', id)).toBe(0);
    await confirm();
    expect(await shown(id)).toMatchObject({
      plan: 'premium',
      pending_update: null,
      awaiting_customer_since: null,
      confirmation: null,
    });
    expect(await licenseOf(id)).toMatchObject({ plan: 'premium' });
    expect(await told(id)).not.toContain('subscription_change_dropped');
  });

  it('nobody confirms is dropped after 23 hours, and that is told', async () => {
    const { id, later } = await bought('expires@example.com');
    await later({ days: 3 });
    await change(id);
    const { pending_update } = await shown(id);
    const [{ since }] = await shop.db.sql<
      [{ since: Date }]
    >`select max(issued_at) as since from public.invoices where subscription_id = ${id}`;
    expect((Date.parse(pending_update!.expires_at) - since.getTime()) / 1000).toBe(23 * hour);
    await later({ days: 23 / 24 });
    expect(await shown(id)).toMatchObject({ plan: 'starter', pending_update: null, awaiting_customer_since: null });
    expect(await licenseOf(id)).toMatchObject({ plan: 'starter' });
    expect(await told(id)).toEqual(
      expect.arrayContaining(['subscription_change_waiting', 'subscription_change_dropped']),
    );
    expect(
      await shop.db.sql`select status from public.invoices where subscription_id = ${id} and status <> 'paid'`,
    ).toEqual([{ status: 'void' }]);
  });

  it('whose card refuses waits too: the customer may pay otherwise, and nothing of his is at stake', async () => {
    const email = 'refused@example.com';
    const { id, control, customer, confirm } = await bought(email, '4242424242424242');
    control.failNext(customer, 'insufficient_funds');
    expect((await change(id)).body).toMatchObject({
      subscription: { plan: 'starter', payment_failed_at: null, pending_update: { plan: 'premium' } },
    });
    await shop.deliverAll();
    expect((await mails(email)).map(({ template }) => template)).toEqual(['payment_action_required']);
    const retried = await shop.act('admin', { action: 'retry_payment', subscription_id: id });
    expect(retried.body).toMatchObject({ invoices: [{ outcome: 'paid' }], subscription: { plan: 'premium' } });
    await confirm();
    expect(await licenseOf(id)).toMatchObject({ plan: 'premium' });
  });

  it('takes the place of one that waits', async () => {
    const { id, later, confirm } = await bought('twice@example.com');
    await later({ days: 3 });
    await change(id, 'premium');
    expect((await change(id, 'enterprise')).body).toMatchObject({
      subscription: { plan: 'starter', pending_update: { plan: 'enterprise' } },
    });
    await shop.deliverAll();
    await confirm();
    expect(await shown(id)).toMatchObject({ plan: 'enterprise', pending_update: null });
  });

  it('paid by debit is done at once: Stripe lets none wait', async () => {
    const { id, control, customer } = await bought('debit@example.com', '4242424242424242');
    control.payByDebit(customer);
    expect((await change(id)).body).toMatchObject({ subscription: { plan: 'premium', pending_update: null } });
  });

  it('that is mirrored by a comparison alone is the same', async () => {
    const { id, later } = await bought('compared@example.com');
    await later({ days: 3 });
    await change(id);
    shop.world.standIn.events.take();
    await shop.world.catchUp();
    expect(await shop.world.compareAll()).toEqual([]);
  });
});
