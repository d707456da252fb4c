import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openShop, sessionOf, type Shop } from './shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.db.drop());

const dayOf = 86_400_000;
const rowOf = async (id: string) => (await shop.db.sql`select * from public.subscriptions where id = ${id}`)[0]!;
const licenseOf = async (id: string) =>
  (
    await shop.db.sql`select licenses.* from public.licenses join public.subscriptions on license_id = licenses.id
      where subscriptions.id = ${id}`
  )[0]!;
const alerts = async (kind: string, id: string) =>
  (await shop.db.sql`select from public.alerts where kind = ${kind} and subject_id = ${id}`).length;
const told = async (id: string) =>
  (
    await shop.db.sql`select event_type from public.events where subject_type = 'subscription' and subject_id = ${id}`
  ).map(({ event_type }) => event_type as string);

/** A paid subscription with its licence whose next payment is a debit under way. */
async function underWay(email: string, type: 'sepa_debit' | 'bacs_debit' | 'us_bank_account' = 'sepa_debit') {
  const { control } = shop.world.standIn;
  const link = await shop.act('admin', {
    action: 'checkout_link',
    email,
    plan: 'premium',
    hwid: `HWID-${email.slice(0, 8)}`,
  });
  control.completeCheckout(sessionOf(link), { card: '4242424242424242' });
  await shop.deliverAll();
  const [row] = await shop.db.sql`select * from public.subscriptions where email = ${email}`;
  const customer = row!['stripe_customer_id'] as string;
  const paidUntil = (await licenseOf(row!['id']))['expires_at'] as Date;
  control.payByDebit(customer, type);
  control.advanceCustomer(customer, 'next_invoice');
  await shop.deliverAll();
  return { id: row!['id'] as string, customer, paidUntil, control };
}

describe('a renewal by debit', () => {
  it('is neither paid nor failed: the licence is carried, and that is said', async () => {
    const { id, paidUntil } = await underWay('carried@example.com');
    const row = await rowOf(id);
    expect(row).toMatchObject({ status: 'active', payment_failed_at: null, failure_code: null });
    expect(row['processing_since']).not.toBeNull();
    expect(row['carried_from']).toEqual(paidUntil);
    const license = await licenseOf(id);
    const days = ((license['expires_at'] as Date).getTime() - (row['processing_since'] as Date).getTime()) / dayOf;
    expect(Math.round(days * 24) / 24).toBe(14);
    expect(license).toMatchObject({ paid_until: paidUntil, auto_renew: true, expires_at: row['carried_until'] });
    expect(await told(id)).toContain('payment_processing');
    expect(await alerts('payment_failed', id)).toBe(0);
  });

  it.each([
    ['bacs_debit', 8],
    ['us_bank_account', 6],
  ] as const)('by %s is carried for its own days', async (type, days) => {
    const { id } = await underWay(`${type}@example.com`, type);
    const row = await rowOf(id);
    expect(row).toMatchObject({ processing_method: type });
    const carried = (row['carried_until'] as Date).getTime() - (row['processing_since'] as Date).getTime();
    expect(Math.round(carried / dayOf)).toBe(days);
  });

  it('that arrives gives the period', async () => {
    const { id, customer, control } = await underWay('arrived@example.com');
    control.settleDebits(customer, true);
    await shop.deliverAll();
    const row = await rowOf(id);
    expect(row).toMatchObject({ processing_since: null, carried_until: null, payment_failed_at: null });
    expect(await licenseOf(id)).toMatchObject({
      expires_at: row['current_period_end'],
      paid_until: row['current_period_end'],
    });
  });

  it('that fails takes back what it carried and no day more, and is told', async () => {
    const { id, customer, paidUntil, control } = await underWay('returned@example.com');
    control.settleDebits(customer, false);
    await shop.deliverAll();
    expect(await rowOf(id)).toMatchObject({
      status: 'past_due',
      processing_since: null,
      carried_until: null,
      failure_code: 'insufficient_funds',
    });
    expect((await rowOf(id))['payment_failed_at']).not.toBeNull();
    expect(await licenseOf(id)).toMatchObject({ expires_at: paidUntil, paid_until: paidUntil });
    expect(await alerts('payment_failed', id)).toBe(1);
    expect(
      await shop.db.sql`select from public.email_outbox where template = 'payment_failed'
        and recipient = 'returned@example.com'`,
    ).toHaveLength(1);
  });

  it('carries as long as the setting says: nothing at 0', async () => {
    await shop.db.sql`update public.settings set value = '0' where key = 'processing_days_sepa_debit'`;
    const { id, paidUntil } = await underWay('not-carried@example.com');
    expect(await licenseOf(id)).toMatchObject({ expires_at: paidUntil });
    expect(await rowOf(id)).toMatchObject({ payment_failed_at: null });
    await shop.db.sql`update public.settings set value = '14' where key = 'processing_days_sepa_debit'`;
  });

  it('takes back no day given by hand meanwhile', async () => {
    const { id, customer, control } = await underWay('by-hand@example.com');
    const { id: licenseId, expires_at } = await licenseOf(id);
    const later = new Date((expires_at as Date).getTime() + 20 * dayOf);
    await shop.db.sql`update public.licenses set expires_at = ${later} where id = ${licenseId}`;
    control.settleDebits(customer, false);
    await shop.deliverAll();
    expect(await licenseOf(id)).toMatchObject({ expires_at: later });
  });
});

describe('an online purchase by debit', () => {
  const buy = async (email: string) => {
    const { control } = shop.world.standIn;
    const link = await shop.act('admin', { action: 'checkout_link', email, plan: 'starter', hwid: `HWID-${email}` });
    control.completeCheckout(sessionOf(link), { card: '4242424242424242', delays: true });
    await shop.deliverAll();
    const [row] = await shop.db.sql`select * from public.subscriptions where email = ${email}`;
    return { id: row!['id'] as string, customer: row!['stripe_customer_id'] as string, control };
  };
  const licenses = (email: string) => shop.db.sql`select plan, status from public.licenses where email = ${email}`;

  it('gives its licence when the money arrives', async () => {
    const { id, customer, control } = await buy('later@example.com');
    expect(await licenses('later@example.com')).toEqual([]);
    expect(await told(id)).toContain('checkout_processing');
    control.settleDebits(customer, true);
    await shop.deliverAll();
    expect(await licenses('later@example.com')).toEqual([{ plan: 'starter', status: 'active' }]);
  });

  it.each([true, false])('that fails and is paid otherwise gives its licence (link of ours: %s)', async (isOurs) => {
    const { stripe, standIn } = shop.world;
    const email = `otherwise-${isOurs}@example.com`;
    let id = '';
    if (isOurs) ({ id } = await buy(email));
    else {
      const [price] = (await stripe.prices.list({ lookup_keys: ['starter_month'] })).data;
      const session = await stripe.checkout.sessions.create({
        mode: 'subscription',
        line_items: [{ price: price!.id, quantity: 1 }],
        success_url: 'https://shop.test',
        custom_fields: [{ key: 'hwid', type: 'text', label: { type: 'custom', custom: 'HWID' } }],
      });
      standIn.control.completeCheckout(session.id, {
        card: '4242424242424242',
        email,
        delays: 'sepa_debit',
        customFields: { hwid: 'HWID-OTHERWISE' },
      });
      await shop.deliverAll();
      id = (await shop.db.sql`select id from public.subscriptions where email = ${email}`)[0]!['id'];
    }
    const customer = (await rowOf(id))['stripe_customer_id'] as string;
    standIn.control.settleDebits(customer, false);
    await shop.deliverAll();
    expect(await licenses(email)).toEqual([]);
    standIn.control.updateCardInPortal(customer, '4242424242424242');
    const [open] = (await stripe.invoices.list({ customer, status: 'open' })).data;
    await stripe.invoices.pay(open!.id!);
    await shop.deliverAll();
    expect(await licenses(email)).toEqual([{ plan: 'starter', status: 'active' }]);
    expect((await told(id)).filter((type) => type === 'checkout_completed')).toHaveLength(1);
    expect(
      await shop.db.sql`select from public.email_outbox where template = 'license_created' and recipient = ${email}`,
    ).toHaveLength(1);
  });

  it('that fails is told, and gives none', async () => {
    const { id, customer, control } = await buy('never@example.com');
    control.settleDebits(customer, false);
    await shop.deliverAll();
    expect(await licenses('never@example.com')).toEqual([]);
    expect(await told(id)).toContain('checkout_payment_failed');
    expect(await alerts('checkout_payment_failed', id)).toBe(1);
    const mails = await shop.db.sql`select locale, data ->> 'plan_name' as plan, data ->> 'invoice_url' as url
      from public.email_outbox where template = 'checkout_payment_failed' and recipient = 'never@example.com'`;
    expect(mails).toEqual([{ locale: 'fr', plan: 'Starter', url: expect.stringMatching(/^http/) }]);
  });
});
