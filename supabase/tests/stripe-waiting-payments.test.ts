import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type Persona, type TestDatabase } from './database.ts';
import {
  applyFetched,
  charge,
  compareOnce,
  event,
  invoice,
  invoicePayment,
  mirrored,
  receive,
  start,
} from './stripe.ts';

let db: TestDatabase;
let viewer: Persona;
beforeAll(async () => {
  db = await createTestDatabase();
  viewer = await db.addStaff('viewer');
  await compareOnce(db.sql);
});
afterAll(() => db.drop());

const listed = async (query: string) =>
  (
    await db.as(
      viewer,
      (sql) => sql<[{ found: { rows: Array<Record<string, unknown>> } }]>`
      select public.search_payments(query => ${query}) as found`,
    )
  )[0].found.rows;
const mails = (email: string) =>
  db.sql`select template from public.email_outbox where recipient = ${email} order by created_at, id`;
const invoiceRow = async (id: string) =>
  (await db.sql`select status, action_required_at from public.invoices where stripe_invoice_id = ${id}`)[0]!;

/** An open invoice whose charge the bank refused for want of a confirmation, told in this order. */
async function refused(email: string, order: 'charge first' | 'invoice first') {
  const { bought, payer } = await mirrored(db.sql, { email });
  const open = invoice(bought, { status: 'open', attempt_count: 1 });
  const tried = charge(payer.id, {
    status: 'failed',
    failure_code: 'card_declined',
    outcome: { reason: 'authentication_required' },
  });
  const link = event('invoice_payment.paid', invoicePayment(open.id, tried.payment_intent as string), start + 5);
  const told = [
    event('charge.failed', tried, start + 6),
    event('invoice.payment_action_required', open, start + 6),
    event('invoice.payment_failed', open, start + 6),
  ];
  await receive(db.sql, event('invoice.finalized', { ...open, attempt_count: 0 }, start + 4));
  await receive(db.sql, link);
  for (const each of order === 'charge first' ? told : told.reverse()) await receive(db.sql, each);
  return { open, bought };
}

describe('a charge refused because the bank wants the customer', () => {
  it.each(['charge first', 'invoice first'] as const)('mails him once, and shows as waiting (%s)', async (order) => {
    const email = `${order.replace(' ', '-')}@example.com`;
    const { open, bought } = await refused(email, order);
    expect(await mails(email)).toEqual([{ template: 'payment_action_required' }]);
    expect(await listed(email)).toMatchObject([
      {
        status: 'failed',
        failure_code: 'authentication_required',
        awaits_customer: true,
        invoice_url: expect.any(String),
      },
    ]);
    await receive(db.sql, event('invoice.paid', { ...open, status: 'paid', attempt_count: 2 }, start + 60));
    expect(await listed(email)).toMatchObject([{ awaits_customer: false }]);
    expect(await invoiceRow(open.id)).toEqual({ status: 'paid', action_required_at: null });
    const [row] = await db.sql`select awaiting_customer_since from public.subscriptions
      where stripe_subscription_id = ${bought.id}`;
    expect(row).toEqual({ awaiting_customer_since: null });
  });

  it('is what a fetched invoice says of its payment, whatever was told before', async () => {
    const { bought } = await mirrored(db.sql, { email: 'fetched@example.com' });
    const open = invoice(bought, { status: 'open', attempt_count: 1 });
    const fetched = (status: string) => ({
      ...open,
      payments: {
        data: [{ id: 'inpay_1', invoice: open.id, payment: { payment_intent: { id: 'pi_asked', status } } }],
      },
    });
    await applyFetched(db.sql, [{ object: fetched('requires_action'), as_of: start + 7 }]);
    expect(await invoiceRow(open.id)).toEqual({ status: 'open', action_required_at: expect.any(Date) });
    await applyFetched(db.sql, [{ object: fetched('requires_payment_method'), as_of: start + 8 }]);
    expect(await invoiceRow(open.id)).toEqual({ status: 'open', action_required_at: null });
  });

  it('tells nobody of the past, and no thin event more than the invoice fetched for it', async () => {
    const { bought } = await mirrored(db.sql, { email: 'thin@example.com' });
    const open = invoice(bought, { status: 'open', attempt_count: 2 });
    const thin = event('invoice.payment_action_required', { id: open.id, object: 'invoice' }, start + 7, {
      api_version: undefined,
    });
    expect(await receive(db.sql, thin)).toMatchObject({ status: 'fetch' });
    await applyFetched(db.sql, [{ object: open, as_of: start + 9 }], thin, [open.id]);
    expect(await invoiceRow(open.id)).toEqual({ status: 'open', action_required_at: null });
    expect(await mails('thin@example.com')).toEqual([]);
  });
});
