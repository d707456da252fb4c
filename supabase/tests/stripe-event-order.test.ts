import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from './database.ts';
import {
  applyFetched,
  charge,
  customer,
  event,
  held,
  invoice,
  invoicePayment,
  mirrored,
  receive,
  start,
  subscription,
} from './stripe.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());

describe('order of arrival', () => {
  it('an event whose customer is unknown asks for it, and is applied with it', async () => {
    const payer = customer();
    const bought = subscription(payer.id);
    const created = event('customer.subscription.created', bought);
    expect(await receive(db.sql, created)).toEqual({
      status: 'fetch',
      fetch: [{ kind: 'customer', id: payer.id, version: 0 }],
    });
    expect(await applyFetched(db.sql, [{ object: payer, as_of: start, version: 0 }], created, [payer.id])).toEqual({
      status: 'processed',
    });
    expect(await held(db.sql, bought.id)).toMatchObject({
      status: 'active',
      plan: 'premium',
      amount_cents: 2900,
      mrr_cents: 2900,
      email: payer.email,
    });
  });

  it('the same event twice changes nothing the second time', async () => {
    const { bought } = await mirrored(db.sql);
    const updated = event('customer.subscription.updated', { ...bought, cancel_at_period_end: true }, start + 10);
    expect(await receive(db.sql, updated)).toEqual({ status: 'processed' });
    const before = await held(db.sql, bought.id);
    expect(await receive(db.sql, updated)).toEqual({ status: 'duplicate' });
    expect(await held(db.sql, bought.id)).toEqual(before);
  });

  it.each([
    ['older', -1],
    ['of the same second', 0],
  ])('a subscription event %s is not believed: Stripe is asked', async (_, offset) => {
    const { bought } = await mirrored(db.sql);
    await receive(
      db.sql,
      event('customer.subscription.updated', { ...bought, cancel_at_period_end: true }, start + 10),
    );
    const late = event('customer.subscription.updated', { ...bought, status: 'past_due' }, start + 10 + offset);
    const answer = await receive(db.sql, late);
    expect(answer).toMatchObject({ status: 'fetch', fetch: [{ kind: 'subscription', id: bought.id }] });
    expect(await held(db.sql, bought.id)).toMatchObject({ status: 'active', cancel_at_period_end: true });
    const truth = { ...bought, status: 'past_due', cancel_at_period_end: true };
    expect(
      await applyFetched(db.sql, [{ object: truth, as_of: start + 20, version: answer.fetch![0]!.version }], late, [
        bought.id,
      ]),
    ).toEqual({ status: 'processed' });
    expect(await held(db.sql, bought.id)).toMatchObject({ status: 'past_due', cancel_at_period_end: true });
  });

  it('what was fetched while another event arrived is fetched again', async () => {
    const { bought } = await mirrored(db.sql);
    await receive(db.sql, event('customer.subscription.updated', bought, start + 10));
    const late = event('customer.subscription.updated', bought, start + 5);
    const { fetch } = await receive(db.sql, late);
    await receive(
      db.sql,
      event('customer.subscription.updated', { ...bought, cancel_at_period_end: true }, start + 30),
    );
    expect(
      await applyFetched(db.sql, [{ object: bought, as_of: start + 20, version: fetch![0]!.version }], late, [
        bought.id,
      ]),
    ).toMatchObject({ status: 'fetch', fetch: [{ id: bought.id, version: fetch![0]!.version + 1 }] });
    expect(await held(db.sql, bought.id)).toMatchObject({ cancel_at_period_end: true });
  });

  it('a cancelled subscription never comes back to life', async () => {
    const { bought } = await mirrored(db.sql);
    await receive(
      db.sql,
      event(
        'customer.subscription.deleted',
        { ...bought, status: 'canceled', ended_at: start + 50, canceled_at: start + 50 },
        start + 50,
      ),
    );
    expect(await receive(db.sql, event('customer.subscription.updated', bought, start + 50))).toEqual({
      status: 'processed',
    });
    expect(await held(db.sql, bought.id)).toMatchObject({ status: 'canceled' });
  });

  it('an invoice shuffled within one second ends paid, without asking Stripe', async () => {
    const { bought } = await mirrored(db.sql);
    const paid = invoice(bought);
    const stages = [
      { ...paid, status: 'draft', attempt_count: 0 },
      { ...paid, status: 'open', attempt_count: 0 },
      paid,
    ];
    for (const [index, type] of [
      [2, 'paid'],
      [0, 'created'],
      [1, 'finalized'],
      [2, 'payment_succeeded'],
    ] as const) {
      expect(await receive(db.sql, event(`invoice.${type}`, stages[index]!, start + 5))).toEqual({
        status: 'processed',
      });
    }
    expect(
      (await db.sql`select status, amount_paid from public.invoices where stripe_invoice_id = ${paid.id}`)[0],
    ).toEqual({ status: 'paid', amount_paid: 2900 });
  });

  it('charge, link and invoice may come in any order', async () => {
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 0, 2],
      [0, 2, 1],
    ]) {
      const { bought, payer, row } = await mirrored(db.sql);
      const bill = invoice(bought);
      const money = charge(payer.id);
      const events = [
        event('charge.succeeded', money, start + 1),
        event('invoice_payment.paid', invoicePayment(bill.id, money.payment_intent), start + 1),
        event('invoice.paid', bill, start + 1),
      ];
      for (const index of order) expect(await receive(db.sql, events[index]!)).toEqual({ status: 'processed' });
      const [payment] = await db.sql`select * from public.payments where stripe_payment_id = ${money.id}`;
      expect(payment).toMatchObject({
        subscription_id: row.id,
        stripe_invoice_id: bill.id,
        invoice_number: bill.number,
        status: 'succeeded',
        card_last4: '4242',
      });
      const told = await db.sql`select from public.events where event_type = 'payment_succeeded'
          and event_data ->> 'payment_id' = ${payment!['id']}`;
      expect(told).toHaveLength(1);
    }
  });

  it('concurrent deliveries of one event are applied once', async () => {
    const { bought, row } = await mirrored(db.sql);
    const ended = event(
      'customer.subscription.deleted',
      { ...bought, status: 'canceled', ended_at: start + 9, canceled_at: start + 9 },
      start + 9,
    );
    const answers = await Promise.all(Array.from({ length: 6 }, () => receive(db.sql, ended)));
    expect(answers.map(({ status }) => status).sort()).toEqual([
      'duplicate',
      'duplicate',
      'duplicate',
      'duplicate',
      'duplicate',
      'processed',
    ]);
    expect(
      await db.sql`select from public.events where event_type = 'subscription_canceled'
        and subject_id = ${row.id}`,
    ).toHaveLength(1);
  });
});

describe('what cannot be applied', () => {
  it('is kept with its error, tried again later, and alerted from the third failure on', async () => {
    const { bought } = await mirrored(db.sql);
    const strange = { ...bought, status: 'a_status_of_tomorrow' };
    const created = event('customer.subscription.updated', strange, start + 10);
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      expect(await receive(db.sql, created)).toMatchObject({
        status: 'failed',
        error: expect.stringContaining('status_is_known'),
      });
      const [row] =
        await db.sql`select *, next_attempt_at > now() as later from public.stripe_events where id = ${created.id}`;
      expect(row).toMatchObject({
        status: 'failed',
        attempts: attempt,
        later: true,
        error: expect.stringContaining('status_is_known'),
      });
      const alerts = await db.sql`select from public.alerts where kind = 'stripe_event_failed'
          and subject_type = 'stripe_event' and subject_id = ${created.id}`;
      expect(alerts).toHaveLength(attempt >= 3 ? 1 : 0);
    }
    await db.sql`update public.stripe_events set next_attempt_at = now() where id = ${created.id}`;
    expect((await db.sql`select private.claim_stripe_events(5) ->> 'id' as id`).map(({ id }) => id)).toEqual([
      created.id,
    ]);
    expect(await db.sql`select private.claim_stripe_events(5)`).toHaveLength(0);
  });

  it('an unknown type is kept and ignored', async () => {
    const strange = event('payout.paid', { id: 'po_1', object: 'payout' });
    expect(await receive(db.sql, strange)).toEqual({ status: 'ignored' });
    expect(
      (await db.sql`select status, payload ->> 'type' as type from public.stripe_events where id = ${strange.id}`)[0],
    ).toEqual({ status: 'ignored', type: strange.type });
  });

  it('a failure half-way leaves nothing of the event but its row in the ledger', async () => {
    const { bought } = await mirrored(db.sql);
    const impossible = {
      ...bought,
      items: { ...bought.items, data: [{ ...bought.items.data[0]!, current_period_end: start - 1 }] },
    };
    expect(await receive(db.sql, event('customer.subscription.updated', impossible, start + 5))).toMatchObject({
      status: 'failed',
      error: expect.stringContaining('period_has_length'),
    });
    expect((await db.sql`select version::int from private.stripe_objects where id = ${bought.id}`)[0]).toEqual({
      version: 1,
    });
  });
});
