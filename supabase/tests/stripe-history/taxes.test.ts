import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { ensureCatalogue } from '@whatautosys/seed/stripe-catalogue';
import { openShop, sessionOf, type Shop } from './shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.db.drop());
const set = (settings: Record<string, boolean>) =>
  Promise.all(
    Object.entries(settings).map(
      ([key, value]) => shop.db.sql`update public.settings set value = to_jsonb(${value}::boolean) where key = ${key}`,
    ),
  );
beforeEach(() => set({ checkout_automatic_tax: false, checkout_tax_ids: false, checkout_billing_address: false }));

const linkFor = (email: string) =>
  shop.act('admin', { action: 'checkout_link', email, plan: 'starter', hwid: `HWID-${email}` });
const sessionFor = async (email: string) => {
  const link = await linkFor(email);
  expect(link.status).toBe(200);
  return shop.world.stripe.checkout.sessions.retrieve(sessionOf(link));
};
const invoiceOf = async (email: string) =>
  (
    await shop.db.sql`select total, amount_paid from public.invoices where email = ${email} order by issued_at desc`
  )[0]!;

it('nothing is asked and nothing is added unless the settings say so', async () => {
  expect(await sessionFor('plain@example.com')).toMatchObject({
    automatic_tax: { enabled: false },
    tax_id_collection: { enabled: false },
    billing_address_collection: null,
  });
});

it.each([
  ['exclusive', 2280],
  ['inclusive', 1900],
] as const)('taxes %s are on the first invoice, its renewal, and what is shown before', async (behavior, total) => {
  await ensureCatalogue(
    shop.world.stripe,
    [{ code: 'starter', name: 'Starter', monthly_price_cents: 1900, currency: 'EUR' }],
    behavior,
  );
  await set({ checkout_automatic_tax: true, checkout_tax_ids: true, checkout_billing_address: true });
  const email = `${behavior}@example.com`;
  const session = await sessionFor(email);
  expect(session).toMatchObject({
    automatic_tax: { enabled: true },
    tax_id_collection: { enabled: true },
    billing_address_collection: 'required',
  });
  const { control } = shop.world.standIn;
  control.completeCheckout(session.id, { card: '4242424242424242' });
  await shop.deliverAll();
  expect(await invoiceOf(email)).toEqual({ total, amount_paid: total });
  const [row] = await shop.db.sql`select * from public.subscriptions where email = ${email}`;
  const { body } = await shop.act('admin', { action: 'upcoming_invoice', subscription_id: row!['id'] });
  expect(body).toMatchObject({ invoice: { amount_due_cents: total, tax_cents: behavior === 'exclusive' ? 380 : 317 } });
  control.advanceCustomer(row!['stripe_customer_id'], 'next_invoice');
  await shop.deliverAll();
  expect(await invoiceOf(email)).toEqual({ total, amount_paid: total });

  // One who is known is asked too, and what he enters is kept.
  const again = await sessionFor(email);
  control.completeCheckout(again.id, { card: '4242424242424242', country: 'DE', taxId: 'DE123456789' });
  await shop.deliverAll();
  const [charge] = (await shop.world.stripe.charges.list({ customer: row!['stripe_customer_id'], limit: 1 })).data;
  // A company abroad: the tax is its own affair.
  expect(charge!.amount).toBe(1900);
});
