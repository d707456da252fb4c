import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLicense, createTestDatabase, type TestDatabase } from './database.ts';
import {
  applyFetched,
  charge,
  creditNote,
  dispute,
  event,
  fraudWarning,
  invoice,
  invoicePayment,
  mirrored,
  receive,
  start,
} from './stripe.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());

/** A payment of a subscription, with its licence. */
async function paid(given: Record<string, unknown> = {}) {
  const email = `payer-${crypto.randomUUID()}@example.com`;
  const license = await createLicense(db.sql, { email });
  const { payer, bought, row } = await mirrored(db.sql, { email, licenseId: license.id });
  const money = charge(payer.id, given);
  const bill = invoice(bought);
  await receive(db.sql, event('invoice.paid', bill));
  await receive(db.sql, event('invoice_payment.paid', invoicePayment(bill.id, money.payment_intent)));
  await receive(db.sql, event('charge.succeeded', money, start + 1));
  return { license, payer, bought, row, money, bill };
}
const payment = async (stripeId: string) =>
  (await db.sql`select * from public.payments where stripe_payment_id = ${stripeId}`)[0]!;
const revenue = async (licenseId: string) => {
  const [row] = await db.sql`select public.get_license(${licenseId}) -> 'revenue' as revenue`;
  return (row!['revenue'] as Array<{ currency: string; cents: number }>).map(({ currency, cents }) => ({
    currency,
    cents,
  }));
};
const told = async (subscriptionId: string) =>
  (
    await db.sql`select event_type from public.events where subject_type = 'subscription'
      and subject_id = ${subscriptionId} and event_type ~ 'refund|dispute|fraud|credit' order by sequence`
  ).map(({ event_type }) => event_type);
const alerts = async (paymentId: string) => [
  ...(await db.sql`select kind, severity from public.alerts where data ->> 'payment_id' = ${paymentId}
    order by created_at`),
];

describe('refunds and disputes', () => {
  it('are recorded and alerted, each once', async () => {
    const { row, money } = await paid();
    await receive(db.sql, event('charge.refunded', { ...money, amount_refunded: 1000 }, start + 9));
    await receive(db.sql, event('charge.updated', { ...money, amount_refunded: 1000 }, start + 10));
    const one = dispute(money.id, { amount: 1900 });
    await receive(db.sql, event('charge.dispute.created', one, start + 20));
    await receive(db.sql, event('charge.dispute.funds_withdrawn', one, start + 21));
    await receive(db.sql, event('charge.dispute.closed', { ...one, status: 'lost' }, start + 40));
    const held = await payment(money.id);
    expect(held).toMatchObject({ amount_refunded: 1000, dispute_status: 'lost', amount_lost: 1900 });
    expect(await told(row.id)).toEqual(['payment_refunded', 'payment_disputed', 'dispute_closed']);
    expect(await alerts(held['id'])).toEqual([
      { kind: 'payment_refunded', severity: 'warning' },
      { kind: 'payment_disputed', severity: 'error' },
      { kind: 'payment_disputed', severity: 'info' },
    ]);
  });
});

describe('a dispute takes from the revenue to date', () => {
  it.each([
    ['needs_response', {}, 0, 2900],
    ['under_review', {}, 0, 2900],
    ['won', {}, 0, 2900],
    ['lost', {}, 2900, 0],
    ['lost', { amount: 1200 }, 1200, 1700],
    // The bank counts in its own currency: what was left is gone.
    ['lost', { amount: 3300, currency: 'usd' }, 2900, 0],
    ['warning_needs_response', {}, 0, 2900],
    ['warning_closed', {}, 0, 2900],
    ['prevented', {}, 0, 2900],
    ['appeal_under_review', {}, 0, 2900],
  ])('when it is %s (%j)', async (status, given, lost, left) => {
    const { license, money } = await paid();
    await receive(db.sql, event('charge.dispute.closed', dispute(money.id, { ...given, status }), start + 20));
    expect(await payment(money.id)).toMatchObject({ dispute_status: status, amount_lost: lost });
    expect(await revenue(license.id)).toEqual([{ currency: 'EUR', cents: left }]);
    const admin = await db.addStaff('admin');
    const [page] = await db.as(admin, (sql) => sql`select public.search_payments(license_id => ${license.id}) as page`);
    expect(page!['page'].totals).toMatchObject([{ succeeded_cents: 2900, lost_cents: lost }]);
    const { customer_id } = await payment(money.id);
    const [whole] = await db.as(admin, (sql) => sql`select public.get_customer(${customer_id}) as customer`);
    expect(whole!['customer'].revenue).toMatchObject([{ succeeded_cents: 2900, lost_cents: lost }]);
  });

  it('of several for one payment, what is asked of us counts before what is over', async () => {
    const { license, money } = await paid();
    const [first, second] = [dispute(money.id, { amount: 900, status: 'lost' }), dispute(money.id, { amount: 500 })];
    await receive(db.sql, event('charge.dispute.created', second, start + 30));
    await receive(db.sql, event('charge.dispute.closed', first, start + 40));
    expect(await payment(money.id)).toMatchObject({ dispute_status: 'needs_response', amount_lost: 900 });
    expect(await revenue(license.id)).toEqual([{ currency: 'EUR', cents: 2000 }]);
    await receive(db.sql, event('charge.dispute.closed', { ...second, status: 'won' }, start + 50));
    expect(await payment(money.id)).toMatchObject({ dispute_status: 'lost', amount_lost: 900 });
  });

  it('whatever comes first: the charge is asked for', async () => {
    const { payer } = await mirrored(db.sql);
    const money = charge(payer.id);
    const created = event('charge.dispute.created', dispute(money.id), start + 9);
    expect(await receive(db.sql, created)).toMatchObject({ fetch: [{ kind: 'charge', id: money.id }] });
    await applyFetched(db.sql, [{ object: money, as_of: start + 9 }], created, [money.id]);
    expect(await payment(money.id)).toMatchObject({ dispute_status: 'needs_response' });
    // What is older than what is held changes nothing.
    const before = event('charge.dispute.created', { ...dispute(money.id), status: 'warning_needs_response' }, start);
    await receive(db.sql, before);
    expect(await payment(money.id)).toMatchObject({ dispute_status: 'needs_response' });
  });
});

describe('an early fraud warning', () => {
  it('is alerted once, and leads to the payment', async () => {
    const { row, money } = await paid();
    const warning = fraudWarning(money.id);
    await receive(db.sql, event('radar.early_fraud_warning.created', warning, start + 20));
    await receive(db.sql, event('radar.early_fraud_warning.updated', warning, start + 21));
    const held = await payment(money.id);
    expect(held).toMatchObject({ fraud_type: 'unauthorized_use_of_card', fraud_warned_at: new Date(start * 1000) });
    const [alert] = await db.sql`select kind, severity, subject_type, subject_id, data from public.alerts
      where kind = 'payment_fraud_warned' and subject_id = ${held['id']}`;
    expect(alert).toEqual({
      kind: 'payment_fraud_warned',
      severity: 'error',
      subject_type: 'payment',
      subject_id: held['id'],
      data: { amount_cents: 2900, currency: 'EUR', payment_id: held['id'], reason: 'unauthorized_use_of_card' },
    });
    expect(await told(row.id)).toEqual(['payment_fraud_warned']);
    const admin = await db.addStaff('admin');
    const [page] = await db.as(
      admin,
      (sql) => sql`select public.search_payments(query => ${held['id'] as string}) as page`,
    );
    expect(page!['page'].rows).toMatchObject([{ id: held['id'], fraud_type: 'unauthorized_use_of_card' }]);
  });

  it('asks for nothing any more once the payment is refunded or disputed', async () => {
    const { money } = await paid();
    const warning = fraudWarning(money.id);
    await receive(db.sql, event('radar.early_fraud_warning.created', warning, start + 20));
    await receive(db.sql, event('radar.early_fraud_warning.updated', { ...warning, actionable: false }, start + 30));
    expect(await payment(money.id)).toMatchObject({ fraud_type: null, fraud_warned_at: null });
  });

  it('that nothing can be done about is no alert', async () => {
    const { money } = await paid();
    await receive(
      db.sql,
      event('radar.early_fraud_warning.created', fraudWarning(money.id, { actionable: false }), start + 20),
    );
    expect(await alerts((await payment(money.id))['id'])).toEqual([]);
  });

  it('comes before its charge, too', async () => {
    const { payer } = await mirrored(db.sql);
    const money = charge(payer.id);
    const created = event('radar.early_fraud_warning.created', fraudWarning(money.id), start + 9);
    expect(await receive(db.sql, created)).toMatchObject({ fetch: [{ kind: 'charge', id: money.id }] });
    await applyFetched(db.sql, [{ object: money, as_of: start + 9 }], created, [money.id]);
    expect(await payment(money.id)).toMatchObject({ fraud_type: 'unauthorized_use_of_card' });
  });
});

describe('a credit note', () => {
  const details = async (subscriptionId: string) => {
    const viewer = await db.addStaff('viewer');
    const [row] = await db.as(viewer, (sql) => sql`select public.get_subscription(${subscriptionId}) as details`);
    return row!['details'] as { invoices: Array<{ stripe_invoice_id: string; credit_notes: object[] }> };
  };

  it('stands at its invoice, and is told; taken back, it lowers nothing', async () => {
    const { payer, row, bill } = await paid();
    const note = creditNote(bill.id, payer.id);
    const created = event('credit_note.created', note, start + 20);
    // What is due has changed with it.
    expect(await receive(db.sql, created)).toMatchObject({ fetch: [{ kind: 'invoice', id: bill.id }] });
    await applyFetched(db.sql, [{ object: bill, as_of: start + 20 }], created, [bill.id]);
    const own = (await details(row.id)).invoices.find(({ stripe_invoice_id }) => stripe_invoice_id === bill.id)!;
    expect(own.credit_notes).toMatchObject([
      { number: note.number, total: 900, open_amount: 0, paid_amount: 900, currency: 'EUR', status: 'issued' },
    ]);
    const gone = event('credit_note.voided', { ...note, status: 'void', voided_at: start + 30 }, start + 30);
    await receive(db.sql, gone);
    await applyFetched(db.sql, [{ object: bill, as_of: start + 30 }], gone, [bill.id]);
    expect((await details(row.id)).invoices.flatMap(({ credit_notes }) => credit_notes)).toMatchObject([
      { status: 'void' },
    ]);
    expect(await told(row.id)).toEqual(['credit_note_issued', 'credit_note_voided']);
  });

  it('comes before its invoice, too', async () => {
    const { payer, bought } = await mirrored(db.sql);
    const bill = invoice(bought);
    const created = event('credit_note.created', creditNote(bill.id, payer.id), start + 9);
    expect(await receive(db.sql, created)).toMatchObject({ fetch: [{ kind: 'invoice', id: bill.id }] });
    expect(await applyFetched(db.sql, [{ object: bill, as_of: start + 9 }], created, [bill.id])).toEqual({
      status: 'processed',
    });
  });
});
