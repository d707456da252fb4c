import Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openShop, sessionOf, type Shop } from './shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.db.drop());

const drifts = async () => (await shop.world.compareAll()) as Array<{ object_type: string; object_id: string }>;
const kinds = async () => (await drifts()).map(({ object_type }) => object_type).sort();
/** Nothing of what happened is told by events. */
const lose = () => void shop.world.standIn.events.take();

async function bought() {
  const link = await shop.act('support', {
    action: 'checkout_link',
    email: `buyer-${crypto.randomUUID()}@example.com`,
    plan: 'premium',
    locale: 'fr',
    hwid: `HWID-${crypto.randomUUID().slice(0, 8)}`,
  });
  await shop.world.standIn.control.completeCheckout(sessionOf(link), { card: '4242424242424242' });
  await shop.deliverAll();
  const [charge] = (await shop.world.stripe.charges.list({ limit: 1 })).data;
  return charge!;
}
const payment = async (id: string) =>
  (await shop.db.sql`select * from public.payments where stripe_payment_id = ${id}`)[0]!;

describe('the nightly comparison', () => {
  it('finds a dispute whose events were lost, and its end, long after it was opened', async () => {
    const charge = await bought();
    await shop.world.compareAll();
    const dispute = shop.world.standIn.control.openDispute(charge.id, { amount: 1000 });
    lose();
    expect(await kinds()).toContain('dispute');
    expect(await payment(charge.id)).toMatchObject({ dispute_status: 'needs_response', amount_lost: 0 });
    shop.world.pass(120 * 86_400);
    shop.world.standIn.control.closeDispute(dispute.id, 'lost');
    lose();
    expect(await kinds()).toContain('dispute');
    expect(await payment(charge.id)).toMatchObject({ dispute_status: 'lost', amount_lost: 1000 });
    expect(await kinds()).toEqual([]);
  });

  it('finds an early fraud warning, and alerts', async () => {
    const charge = await bought();
    shop.world.standIn.control.warnOfFraud(charge.id);
    lose();
    expect(await kinds()).toEqual(['radar.early_fraud_warning']);
    const { id, fraud_type } = await payment(charge.id);
    expect(fraud_type).toBe('unauthorized_use_of_card');
    expect(
      await shop.db.sql`select from public.alerts where kind = 'payment_fraud_warned' and subject_id = ${id}`,
    ).toHaveLength(1);
    expect(await kinds()).toEqual([]);
  });

  it('finds a credit note, and that it was taken back', async () => {
    await bought();
    const [invoice] = (await shop.world.stripe.invoices.list({ limit: 1 })).data;
    await shop.world.stripe.creditNotes.create({ invoice: invoice!.id!, amount: 500, out_of_band_amount: 500 });
    lose();
    expect(await kinds()).toEqual(['credit_note']);
    const [held] = await shop.db.sql`select status, total, paid_amount from public.credit_notes`;
    expect(held).toEqual({ status: 'issued', total: 500, paid_amount: 500 });
    expect(await kinds()).toEqual([]);
  });

  it('says so once when its key may not read them, and compares the rest', async () => {
    const denied = new Stripe.errors.StripePermissionError({ type: 'api_error', message: 'The key may not read it' });
    const list = vi
      .spyOn(shop.world.stripe.radar.earlyFraudWarnings, 'list')
      .mockImplementation((() => Promise.reject(denied)) as never);
    await shop.world.compareAll();
    await shop.world.compareAll();
    list.mockRestore();
    const told = await shop.db
      .sql`select object_id, action, fields #>> '{error,stripe}' as why from public.stripe_drifts
      where object_id = 'radar.early_fraud_warning'`;
    expect([...told]).toEqual([
      { object_id: 'radar.early_fraud_warning', action: 'left_out', why: 'The key may not read it' },
    ]);
  });

  it('ends with the proof of the ledger', async () => {
    await shop.world.compareAll();
    const [proof] = await shop.db.sql`select is_proven from public.revenue_proofs order by proved_at desc limit 1`;
    expect(proof).toEqual({ is_proven: true });
  });
});

describe('a refund', () => {
  it('of a disputed charge is refused, before Stripe is asked once we know of the dispute', async () => {
    const charge = await bought();
    const { id } = await payment(charge.id);
    shop.world.standIn.control.openDispute(charge.id);
    const unknown = await shop.act('admin', { action: 'refund', payment_id: id, reason: 'duplicate' });
    expect(unknown).toMatchObject({
      status: 409,
      body: { code: 'payment_disputed' },
    });
    await shop.deliverAll();
    const known = await shop.act('admin', { action: 'refund', payment_id: id, reason: 'duplicate' });
    expect(known).toMatchObject({ status: 409, body: { code: 'payment_disputed' } });
  });

  it('in a currency of three decimals ends in 0', async () => {
    const charge = shop.world.standIn.control.chargeGuest(12_340, 'kwd');
    await shop.deliverAll();
    const { id } = await payment(charge.id);
    const ask = (amount_cents: number) =>
      shop.act('admin', { action: 'refund', payment_id: id, reason: 'duplicate', amount_cents });
    expect(await ask(5124)).toMatchObject({ status: 400, body: { code: 'amount_too_fine' } });
    expect(await ask(5120)).toMatchObject({ status: 200, body: { payment: { amount_refunded: 5120 } } });
  });
});
