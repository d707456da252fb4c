import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLicense, createTestDatabase, type TestDatabase } from './database.ts';
import {
  applyFetched,
  charge,
  coupon,
  customer,
  discount,
  event,
  invoice,
  invoicePayment,
  mirrored,
  month,
  receive,
  start,
  subscription,
} from './stripe.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());

const held = async (stripeId: string) =>
  (await db.sql`select * from public.subscriptions where stripe_subscription_id = ${stripeId}`)[0]!;
const license = async (id: string) => (await db.sql`select * from public.licenses where id = ${id}`)[0]!;
const movements = (customerId: unknown) =>
  db.sql`select kind, amount_cents from public.mrr_movements where customer_id = ${customerId as string} order by occurred_at, created_at`;
const day = (seconds: number) => new Date(seconds * 1000);

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
    expect(await held(bought.id)).toMatchObject({
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
    const before = await held(bought.id);
    expect(await receive(db.sql, updated)).toEqual({ status: 'duplicate' });
    expect(await held(bought.id)).toEqual(before);
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
    expect(await held(bought.id)).toMatchObject({ status: 'active', cancel_at_period_end: true });
    const truth = { ...bought, status: 'past_due', cancel_at_period_end: true };
    expect(
      await applyFetched(db.sql, [{ object: truth, as_of: start + 20, version: answer.fetch![0]!.version }], late, [
        bought.id,
      ]),
    ).toEqual({ status: 'processed' });
    expect(await held(bought.id)).toMatchObject({ status: 'past_due', cancel_at_period_end: true });
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
    expect(await held(bought.id)).toMatchObject({ cancel_at_period_end: true });
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
    expect(await held(bought.id)).toMatchObject({ status: 'canceled' });
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
      const told =
        await db.sql`select from public.events where event_type = 'payment_succeeded' and event_data ->> 'payment_id' = ${payment!['id']}`;
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
      await db.sql`select from public.events where event_type = 'subscription_canceled' and event_data ->> 'subscription_id' = ${row.id}`,
    ).toHaveLength(1);
  });
});

describe('what cannot be applied', () => {
  it('is kept with its error, tried again later, and alerted from the third failure on', async () => {
    const payer = customer({ email: null });
    const created = event('customer.created', payer);
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      expect(await receive(db.sql, created)).toMatchObject({
        status: 'failed',
        error: expect.stringContaining('no usable e-mail'),
      });
      const [row] =
        await db.sql`select *, next_attempt_at > now() as later from public.stripe_events where id = ${created.id}`;
      expect(row).toMatchObject({
        status: 'failed',
        attempts: attempt,
        later: true,
        error: expect.stringContaining(payer.id),
      });
      const alerts =
        await db.sql`select from public.alerts where kind = 'stripe_event_failed' and data ->> 'event_id' = ${created.id}`;
      expect(alerts).toHaveLength(attempt >= 3 ? 1 : 0);
    }
    await db.sql`update public.stripe_events set next_attempt_at = now() where id = ${created.id}`;
    expect((await db.sql`select private.claim_stripe_events(5) ->> 'id' as id`).map(({ id }) => id)).toEqual([
      created.id,
    ]);
    expect(await db.sql`select private.claim_stripe_events(5)`).toHaveLength(0);
  });

  it('an unknown type is kept and ignored', async () => {
    const strange = event('radar.early_fraud_warning.created', { id: 'issfr_1', object: 'radar.early_fraud_warning' });
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

describe('licences follow', () => {
  const linked = async () => {
    const email = `follow-${crypto.randomUUID()}@example.com`;
    const made = await createLicense(db.sql, { email, plan: 'starter', expiresAt: day(start + 60 * 86_400) });
    await db.sql`update public.licenses set issued_at = ${day(start - 86_400)} where id = ${made.id}`;
    const mirror = await mirrored(db.sql, { email, licenseId: made.id });
    await applyFetched(db.sql, [{ object: invoice(mirror.bought), as_of: start + 1 }]);
    return { ...mirror, licenseId: made.id };
  };
  const renewal = (bought: ReturnType<typeof subscription>, number: number) => {
    const [item] = bought.items.data;
    const end = start + month * (number + 1);
    return {
      ...bought,
      items: {
        ...bought.items,
        data: [{ ...item!, current_period_start: start + month * number, current_period_end: end }],
      },
    };
  };

  it('paid: plan and payment follow, what was longer by hand stays', async () => {
    const { licenseId } = await linked();
    expect(await license(licenseId)).toMatchObject({
      plan: 'premium',
      payment_method: 'stripe',
      auto_renew: true,
      mrr_cents: 2900,
      paid_until: day(start + month),
      expires_at: day(start + 60 * 86_400),
    });
  });

  it('a new period alone renews nothing: its invoice must be paid', async () => {
    const { bought, licenseId } = await linked();
    await db.sql`update public.licenses set expires_at = paid_until where id = ${licenseId}`;
    const second = renewal(bought, 1);
    await receive(db.sql, event('customer.subscription.updated', second, start + month));
    expect((await license(licenseId))['expires_at']).toEqual(day(start + month));
    await receive(db.sql, event('invoice.paid', invoice(second), start + month + 3600));
    expect((await license(licenseId))['expires_at']).toEqual(day(start + 2 * month));
    expect(
      (
        await db.sql`select event_type from public.events where license_id = ${licenseId} order by sequence desc limit 1`
      )[0],
    ).toEqual({ event_type: 'license_renewed' });
  });

  it('days given by hand survive a renewal that ends sooner', async () => {
    const { bought, licenseId } = await linked();
    await db.sql`update public.licenses set expires_at = ${day(start + 3 * month)} where id = ${licenseId}`;
    const second = renewal(bought, 1);
    await receive(db.sql, event('customer.subscription.updated', second, start + month));
    await receive(db.sql, event('invoice.paid', invoice(second), start + month + 1));
    expect(await license(licenseId)).toMatchObject({
      expires_at: day(start + 3 * month),
      paid_until: day(start + 2 * month),
    });
  });

  it('failed: alert, mail once an invoice, licence keeps what is paid', async () => {
    const { bought, payer, licenseId, row } = await linked();
    const second = renewal(bought, 1);
    const open = invoice(second, { status: 'open' });
    const refused = [1, 2].map(() =>
      charge(payer.id, {
        status: 'failed',
        failure_code: 'card_declined',
        outcome: { reason: 'insufficient_funds' },
        payment_intent: 'pi_' + bought.id,
      }),
    );
    await receive(db.sql, event('invoice_payment.paid', invoicePayment(open.id, 'pi_' + bought.id), start + month));
    await receive(db.sql, event('customer.subscription.updated', { ...second, status: 'past_due' }, start + month));
    await receive(db.sql, event('invoice.payment_failed', open, start + month));
    for (const one of refused)
      expect(await receive(db.sql, event('charge.failed', one, start + month))).toEqual({ status: 'processed' });
    expect(await held(bought.id)).toMatchObject({
      status: 'past_due',
      failure_code: 'insufficient_funds',
      payment_failed_at: day(start + month),
    });
    expect(
      await db.sql`select from public.alerts where kind = 'payment_failed' and subscription_id = ${row.id} and license_id = ${licenseId}`,
    ).toHaveLength(2);
    expect(
      await db.sql`select from public.email_outbox where template = 'payment_failed' and license_id = ${licenseId}`,
    ).toHaveLength(1);
    expect(await license(licenseId)).toMatchObject({
      paid_until: day(start + month),
      auto_renew: true,
      mrr_cents: 2900,
    });
    await receive(db.sql, event('invoice.paid', { ...open, status: 'paid', attempt_count: 2 }, start + month + 99));
    expect(await held(bought.id)).toMatchObject({ payment_failed_at: null, failure_code: null });
  });

  it('cancelled: no renewal, no revenue, the paid days stay', async () => {
    const { bought, licenseId } = await linked();
    await receive(
      db.sql,
      event(
        'customer.subscription.deleted',
        { ...bought, status: 'canceled', canceled_at: start + 99, ended_at: start + 99 },
        start + 99,
      ),
    );
    expect(await license(licenseId)).toMatchObject({
      auto_renew: false,
      mrr_cents: 0,
      paid_until: day(start + month),
      expires_at: day(start + 60 * 86_400),
    });
  });

  it('staff cannot change plan or renewal past a running subscription, and can once it has ended', async () => {
    const { bought, licenseId } = await linked();
    const admin = await db.addStaff('admin');
    const refusal = { code: 'PT409', hint: 'subscription_governs' };
    await expect(
      db.as(admin, (sql) => sql`select public.change_license_plan(${licenseId}, 'starter', 'x')`),
    ).rejects.toMatchObject(refusal);
    await expect(db.as(admin, (sql) => sql`select public.set_auto_renew(${licenseId}, false)`)).rejects.toMatchObject(
      refusal,
    );
    expect(await license(licenseId)).toMatchObject({ plan: 'premium', auto_renew: true });
    const governed = async () =>
      (await db.as(admin, (sql) => sql`select public.get_license(${licenseId}) -> 'governed' as governed`))[0]!
        .governed;
    expect(await governed()).toBe(true);
    await receive(
      db.sql,
      event(
        'customer.subscription.deleted',
        { ...bought, status: 'canceled', canceled_at: start + 99, ended_at: start + 99 },
        start + 99,
      ),
    );
    expect(await governed()).toBe(false);
    await db.as(admin, (sql) => sql`select public.change_license_plan(${licenseId}, 'starter', 'x')`);
    expect(await license(licenseId)).toMatchObject({ plan: 'starter' });
  });

  it('a revoked licence stays revoked, and a payment for it is alerted', async () => {
    const { bought, licenseId } = await linked();
    await db.sql`select public.revoke_license(${licenseId}, 'fraud')`;
    const second = renewal(bought, 1);
    await receive(db.sql, event('customer.subscription.updated', second, start + month));
    await receive(db.sql, event('invoice.paid', invoice(second), start + month + 1));
    expect(await license(licenseId)).toMatchObject({ status: 'revoked', expires_at: day(start + 60 * 86_400) });
    expect(
      await db.sql`select from public.alerts where kind = 'payment_for_revoked_license' and license_id = ${licenseId}`,
    ).toHaveLength(1);
  });

  it.each([
    [29, 'active'],
    [31, 'revoked'],
  ])('failing for %i days: %s by the rule of 30 days', async (days, status) => {
    const { bought, licenseId } = await linked();
    await receive(db.sql, event('customer.subscription.updated', { ...bought, status: 'past_due' }, start + 5));
    await db.sql`update public.licenses set expires_at = now() + interval '1 day' where id = ${licenseId}`;
    await db.sql`update public.subscriptions set payment_failed_at = now() - make_interval(days => ${days}) where stripe_subscription_id = ${bought.id}`;
    await db.sql`select private.revoke_unpaid_licenses()`;
    expect((await license(licenseId))['status']).toBe(status);
    expect(
      await db.sql`select from public.email_outbox where template = 'license_revoked' and license_id = ${licenseId}`,
    ).toHaveLength(status === 'revoked' ? 1 : 0);
  });
});

describe('recurring revenue', () => {
  const forever = coupon();
  const later = (days: number) => start + days * 86_400;

  it.each([
    ['monthly', {}, 2900],
    ['yearly, a twelfth', { interval: 'year' as const, unitAmount: 29_900 }, 2492],
    ['half price for ever', { discounts: [discount(forever)] }, 1450],
    ['half price for three months', { discounts: [discount(coupon({ duration: 'repeating' }))] }, 2900],
    ['5 € off for ever', { discounts: [discount(coupon({ percent_off: null, amount_off: 500 }))] }, 2400],
    ['more off than it costs', { discounts: [discount(coupon({ percent_off: null, amount_off: 5000 }))] }, 0],
    ['free of charge', { unitAmount: 0 }, 0],
  ])('%s', async (_, input, cents) => {
    expect((await mirrored(db.sql, input)).row).toMatchObject({ mrr_cents: cents });
  });

  it('a discount not expanded and not known is asked for', async () => {
    const { bought, payer } = await mirrored(db.sql);
    const answer = await receive(
      db.sql,
      event('customer.subscription.updated', { ...bought, discounts: ['di_unknown'] }, start + 9),
    );
    expect(answer).toMatchObject({ status: 'fetch', fetch: [{ kind: 'subscription', id: bought.id }] });
    const own = discount(forever, { id: 'di_unknown' });
    await applyFetched(db.sql, [{ object: { ...bought, discounts: [own] }, as_of: start + 9 }]);
    expect(
      await receive(
        db.sql,
        event(
          'customer.subscription.updated',
          { ...bought, discounts: ['di_unknown'], customer: payer.id },
          start + 20,
        ),
      ),
    ).toEqual({ status: 'processed' });
    expect(await held(bought.id)).toMatchObject({
      mrr_cents: 1450,
      discounts: [expect.objectContaining({ percent_off: 50, duration: 'forever', name: 'Black Friday' })],
    });
  });

  it('new, expansion, contraction, churn, reactivation add up to what is paid', async () => {
    const { bought, payer, row } = await mirrored(db.sql, { plan: 'starter' });
    const on = (plan: 'starter' | 'premium' | 'enterprise') => ({ ...subscription(payer.id, { plan }), id: bought.id });
    await receive(db.sql, event('customer.subscription.updated', on('enterprise'), later(2)));
    await receive(db.sql, event('customer.subscription.updated', on('premium'), later(4)));
    await receive(
      db.sql,
      event(
        'customer.subscription.deleted',
        { ...on('premium'), status: 'canceled', ended_at: later(6), canceled_at: later(6) },
        later(6),
      ),
    );
    await applyFetched(db.sql, [
      { object: subscription(payer.id, { plan: 'starter', start_date: later(20) }), as_of: later(20) },
    ]);
    expect(await movements(row.customer_id)).toEqual([
      { kind: 'new', amount_cents: 1900 },
      { kind: 'expansion', amount_cents: 8000 },
      { kind: 'contraction', amount_cents: -7000 },
      { kind: 'churn', amount_cents: -2900 },
      { kind: 'reactivation', amount_cents: 1900 },
    ]);
  });

  it('changes of one customer within an hour are one movement', async () => {
    const { bought, payer, row } = await mirrored(db.sql, { plan: 'starter' });
    const on = (plan: 'starter' | 'premium' | 'enterprise') => ({ ...subscription(payer.id, { plan }), id: bought.id });
    await receive(db.sql, event('customer.subscription.updated', on('enterprise'), start + 600));
    await receive(db.sql, event('customer.subscription.updated', on('premium'), start + 1200));
    expect(await movements(row.customer_id)).toEqual([{ kind: 'new', amount_cents: 2900 }]);
    await receive(db.sql, event('customer.subscription.updated', on('enterprise'), later(1)));
    await receive(db.sql, event('customer.subscription.updated', on('premium'), later(1) + 60));
    expect(await movements(row.customer_id)).toEqual([{ kind: 'new', amount_cents: 2900 }]);
  });

  it('a second licence of a paying customer is expansion, its end contraction', async () => {
    const { payer, row } = await mirrored(db.sql);
    const other = subscription(payer.id, { plan: 'starter', start_date: later(3) });
    await applyFetched(db.sql, [{ object: other, as_of: later(3) }]);
    await receive(
      db.sql,
      event(
        'customer.subscription.deleted',
        { ...other, status: 'canceled', ended_at: later(9), canceled_at: later(9) },
        later(9),
      ),
    );
    expect(await movements(row.customer_id)).toEqual([
      { kind: 'new', amount_cents: 2900 },
      { kind: 'expansion', amount_cents: 1900 },
      { kind: 'contraction', amount_cents: -1900 },
    ]);
  });

  it('a licence paid by transfer moves revenue too, and hands over to a subscription without a jump', async () => {
    const email = `transfer-${crypto.randomUUID()}@example.com`;
    const [made] =
      await db.sql`select public.create_license(${email}, 'HWID-TRANSFER', 'premium', payment_method => 'bank_transfer', send_email => false) as license`;
    const { row } = await mirrored(db.sql, { email, licenseId: made!['license'].id, plan: 'premium' });
    const [sum] =
      await db.sql`select sum(amount_cents)::int as total from public.mrr_movements where customer_id = ${row.customer_id}`;
    expect(sum).toEqual({ total: 2900 });
  });

  it('trials, unpaid and paused subscriptions weigh nothing', async () => {
    for (const status of ['trialing', 'unpaid', 'paused', 'incomplete'] as const) {
      const { row } = await mirrored(db.sql, { status, trial_end: start + 86_400 });
      expect(await movements(row.customer_id)).toEqual([]);
    }
  });
});

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
      await db.sql`select event_type from public.events where event_data ->> 'subscription_id' = ${row.id} and event_type ~ 'refund|dispute' order by sequence`;
    expect(told.map(({ event_type }) => event_type)).toEqual([
      'payment_refunded',
      'payment_disputed',
      'dispute_closed',
    ]);
    const alerts =
      await db.sql`select kind, severity from public.alerts where payment_id = ${payment!['id']} order by created_at`;
    expect(alerts).toEqual([
      { kind: 'payment_refunded', severity: 'warning' },
      { kind: 'payment_disputed', severity: 'error' },
      { kind: 'payment_disputed', severity: 'info' },
    ]);
  });
});

describe('the first synchronisation', () => {
  it('reads the past in without alerting, mailing or auditing it', async () => {
    const own = await createTestDatabase();
    try {
      const email = 'past@example.com';
      const made = await createLicense(own.sql, { email });
      const payer = customer({ email });
      const bought = subscription(payer.id, { metadata: { license_id: made.id } });
      const bill = invoice(bought, { status: 'open' });
      const refused = charge(payer.id, { status: 'failed' });
      const [before] = await own.sql`select count(*)::int as count from public.events`;
      const [run] =
        await own.sql`insert into public.stripe_syncs (kind, status) values ('full', 'running') returning id`;
      const page = [
        payer,
        bought,
        { ...bill, payments: { data: [invoicePayment(bill.id, refused.payment_intent)] } },
        refused,
      ];
      for (const object of page) {
        const [row] =
          await own.sql`select private.reconcile_stripe_objects(${run!['id']}, ${JSON.stringify([object])}::text::jsonb, clock_timestamp(), to_timestamp(${start + 5})) as fetches`;
        expect(row!['fetches']).toEqual([]);
      }
      expect(
        (await own.sql`select license_id, payment_failed_at is not null as failing from public.subscriptions`)[0],
      ).toEqual({ license_id: made.id, failing: true });
      expect((await own.sql`select status, subscription_id is not null as linked from public.payments`)[0]).toEqual({
        status: 'failed',
        linked: true,
      });
      expect(await own.sql`select from public.alerts`).toHaveLength(0);
      expect(await own.sql`select from public.email_outbox where template = 'payment_failed'`).toHaveLength(0);
      expect(await own.sql`select from public.stripe_drifts`).toHaveLength(0);
      expect(
        (await own.sql`select count(*)::int as count from public.events where event_type <> 'customer_updated'`)[0]![
          'count'
        ],
      ).toBe(before!['count']);
    } finally {
      await own.drop();
    }
  });
});
