import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { applyFetched, event, held, invoice, mirrored, receive, start } from './stripe.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());

const movements = (customerId: unknown) =>
  db.sql`select kind, reason, amount_cents, extract(epoch from occurred_at)::int as at from public.mrr_movements
    where customer_id = ${customerId as string} order by occurred_at, created_at`;
const later = (days: number) => start + days * 86_400;

describe('a subscription is revenue from its first invoice above zero that is paid', () => {
  it.each(['trialing', 'active', 'past_due', 'unpaid', 'paused', 'incomplete'] as const)(
    'one that is %s and has paid nothing weighs nothing',
    async (status) => {
      const { row } = await mirrored(db.sql, { status, trial_end: later(7) });
      expect(row).toMatchObject({ mrr_cents: 2900, paying_mrr_cents: 0 });
      expect(await movements(row.customer_id)).toEqual([]);
    },
  );

  it('a trial whose first payment fails is nothing, neither new nor churned', async () => {
    const { bought, row } = await mirrored(db.sql, { status: 'trialing', trial_end: later(7) });
    const nothing = invoice(bought, { amount: 0, status_transitions: { paid_at: start } });
    await receive(db.sql, event('invoice.paid', nothing, start + 1));
    const after = { ...bought, trial_end: later(7) };
    await receive(db.sql, event('customer.subscription.updated', { ...after, status: 'active' }, later(7)));
    const due = invoice(bought, { status: 'open', created: later(7) });
    await receive(db.sql, event('invoice.payment_failed', due, later(7) + 3600));
    await receive(db.sql, event('customer.subscription.updated', { ...after, status: 'past_due' }, later(7) + 3601));
    const over = { ...after, status: 'canceled', ended_at: later(22), canceled_at: later(22) };
    await receive(db.sql, event('customer.subscription.deleted', over, later(22)));
    expect(await movements(row.customer_id)).toEqual([]);
  });

  it('a trial that is paid is new on the day of the payment', async () => {
    const { bought, row } = await mirrored(db.sql, { status: 'trialing', trial_end: later(7) });
    await receive(db.sql, event('customer.subscription.updated', { ...bought, status: 'active' }, later(7)));
    const paid = invoice(bought, { status_transitions: { paid_at: later(7) + 3600 } });
    await receive(db.sql, event('invoice.paid', paid, later(7) + 3605));
    expect(await movements(row.customer_id)).toEqual([
      { kind: 'new', reason: null, amount_cents: 2900, at: later(7) + 3600 },
    ]);
  });

  it('the bill may come before the subscription, and its licence shows the same weight', async () => {
    const { payer, bought, row } = await mirrored(db.sql, { status: 'incomplete' });
    await receive(db.sql, event('invoice.paid', invoice(bought), start + 2));
    expect(await movements(row.customer_id)).toEqual([]);
    await receive(db.sql, event('customer.subscription.updated', { ...bought, status: 'active' }, start + 3));
    expect(await movements(row.customer_id)).toMatchObject([{ kind: 'new', amount_cents: 2900, at: start }]);
    expect(payer.id).toBe(bought.customer);
  });

  it('an earlier payment that comes to light later dates the movement', async () => {
    const { bought, row } = await mirrored(db.sql);
    await receive(
      db.sql,
      event('invoice.paid', invoice(bought, { status_transitions: { paid_at: later(30) } }), later(30)),
    );
    await applyFetched(db.sql, [
      { object: invoice(bought, { status_transitions: { paid_at: later(1) } }), as_of: later(31) },
    ]);
    expect(await movements(row.customer_id)).toEqual([{ kind: 'new', reason: null, amount_cents: 2900, at: later(1) }]);
  });
});

describe('a paused collection', () => {
  const paused = (behavior: string | null) => ({ pause_collection: behavior && { behavior, resumes_at: null } });

  it.each(['void', 'mark_uncollectible'])(
    'that gives invoices up (%s) is churn, its end a reactivation',
    async (how) => {
      const { bought, row } = await mirrored(db.sql, { paid: true });
      await receive(db.sql, event('customer.subscription.updated', { ...bought, ...paused(how) }, later(3)));
      expect(await held(db.sql, bought.id)).toMatchObject({ paying_mrr_cents: 0, pause_behavior: how });
      await receive(db.sql, event('customer.subscription.updated', { ...bought, ...paused(null) }, later(9)));
      expect(await movements(row.customer_id)).toEqual([
        { kind: 'new', reason: null, amount_cents: 2900, at: start },
        { kind: 'churn', reason: 'paused', amount_cents: -2900, at: later(3) },
        { kind: 'reactivation', reason: null, amount_cents: 2900, at: later(9) },
      ]);
    },
  );

  it('that keeps drafts goes on counting', async () => {
    const { bought, row } = await mirrored(db.sql, { paid: true });
    await receive(db.sql, event('customer.subscription.updated', { ...bought, ...paused('keep_as_draft') }, later(3)));
    expect(await held(db.sql, bought.id)).toMatchObject({ paying_mrr_cents: 2900, collection_paused: true });
    expect(await movements(row.customer_id)).toHaveLength(1);
  });
});
