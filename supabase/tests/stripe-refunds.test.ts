import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { charge, event, invoice, invoicePayment, mirrored, receive, start } from './stripe.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());

describe('refunds and disputes', () => {
  it('are recorded and alerted, each once', async () => {
    const { payer, bought, row } = await mirrored(db.sql);
    const money = charge(payer.id);
    const bill = invoice(bought);
    await receive(db.sql, event('invoice.paid', bill));
    await receive(db.sql, event('invoice_payment.paid', invoicePayment(bill.id, money.payment_intent)));
    await receive(db.sql, event('charge.succeeded', money, start + 1));
    await receive(db.sql, event('charge.refunded', { ...money, amount_refunded: 1000 }, start + 9));
    await receive(db.sql, event('charge.updated', { ...money, amount_refunded: 1000 }, start + 10));
    const dispute = {
      id: 'du_' + bought.id,
      object: 'dispute',
      charge: money.id,
      amount: 1900,
      currency: 'eur',
      reason: 'fraudulent',
      status: 'needs_response',
    };
    await receive(db.sql, event('charge.dispute.created', dispute, start + 20));
    await receive(db.sql, event('charge.dispute.closed', { ...dispute, status: 'lost' }, start + 40));
    const [payment] = await db.sql`select * from public.payments where stripe_payment_id = ${money.id}`;
    expect(payment).toMatchObject({ amount_refunded: 1000, dispute_status: 'lost' });
    const told =
      await db.sql`select event_type from public.events where subject_type = 'subscription' and subject_id = ${row.id}
        and event_type ~ 'refund|dispute' order by sequence`;
    expect(told.map(({ event_type }) => event_type)).toEqual([
      'payment_refunded',
      'payment_disputed',
      'dispute_closed',
    ]);
    const alerts = await db.sql`select kind, severity from public.alerts where data ->> 'payment_id' = ${payment!['id']}
        order by created_at`;
    expect(alerts).toEqual([
      { kind: 'payment_refunded', severity: 'warning' },
      { kind: 'payment_disputed', severity: 'error' },
      { kind: 'payment_disputed', severity: 'info' },
    ]);
  });
});
