import { afterAll, beforeAll, expect, it } from 'vitest';
import { openShop, sessionOf, type Shop } from './shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
  shop.world.standIn.control.afterRetries('past_due');
});
afterAll(() => shop.db.drop());

/** A subscription with two months unpaid. */
async function owing(email: string) {
  const { control } = shop.world.standIn;
  const link = await shop.act('admin', { action: 'checkout_link', email, plan: 'starter', hwid: `HWID-${email}` });
  control.completeCheckout(sessionOf(link), { card: '4242424242424242' });
  await shop.deliverAll();
  const [row] = await shop.db.sql`select * from public.subscriptions where email = ${email}`;
  const customer = row!['stripe_customer_id'] as string;
  control.failAlways(customer, 'insufficient_funds');
  control.advanceCustomer(customer, { days: 63 });
  await shop.deliverAll();
  const open = await shop.db.sql`select stripe_invoice_id from public.invoices
    where subscription_id = ${row!['id']} and status = 'open' order by issued_at`;
  expect(open).toHaveLength(2);
  return {
    customer,
    control,
    ids: open.map(({ stripe_invoice_id }) => stripe_invoice_id as string),
    retry: () => shop.act('support', { action: 'retry_payment', subscription_id: row!['id'] }),
    held: async () => (await shop.db.sql`select * from public.subscriptions where id = ${row!['id']}`)[0]!,
  };
}

it('all that is open is paid, the oldest first, and each result is told', async () => {
  const { customer, control, ids, retry } = await owing('two@example.com');
  control.succeedAgain(customer);
  const { status, body } = await retry();
  expect(status).toBe(200);
  expect(body).toMatchObject({
    subscription: { status: 'active', payment_failed_at: null },
    invoices: ids.map((stripe_invoice_id) => ({
      stripe_invoice_id,
      amount_cents: 1900,
      currency: 'EUR',
      outcome: 'paid',
      error: null,
    })),
  });
  expect((await retry()).body).toMatchObject({ code: 'nothing_to_retry' });
});

it('one that is refused keeps none of the others from being paid', async () => {
  const { customer, control, ids, retry, held } = await owing('one@example.com');
  control.succeedAgain(customer);
  control.failNext(customer, 'expired_card');
  const { body } = await retry();
  expect(body).toMatchObject({
    invoices: [
      { stripe_invoice_id: ids[0], outcome: 'failed', error: { code: 'expired_card', decline_code: 'expired_card' } },
      { stripe_invoice_id: ids[1], outcome: 'paid' },
    ],
  });
  expect(JSON.stringify(body)).not.toContain('Your card');
  expect(await held()).toMatchObject({ status: 'past_due', failure_code: expect.any(String) });
});

it('a debit under way is not asked for twice', async () => {
  const { customer, control, retry } = await owing('debit@example.com');
  control.succeedAgain(customer);
  control.payByDebit(customer);
  expect((await retry()).body).toMatchObject({ invoices: [{ outcome: 'processing' }, { outcome: 'processing' }] });
  const charges = async () => (await shop.world.stripe.charges.list({ customer, limit: 100 })).data.length;
  const before = await charges();
  expect((await retry()).body).toMatchObject({ invoices: [{ outcome: 'processing' }, { outcome: 'processing' }] });
  expect(await charges()).toBe(before);
});

it('what Stripe has too many requests for is tried until it is done', async () => {
  const { customer, control, retry } = await owing('busy@example.com');
  control.succeedAgain(customer);
  control.rateLimit(2);
  expect((await retry()).body).toMatchObject({ invoices: [{ outcome: 'paid' }, { outcome: 'paid' }] });
});
