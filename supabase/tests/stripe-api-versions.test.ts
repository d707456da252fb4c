import { readFileSync } from 'node:fs';
import Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLicense, createTestDatabase, type TestDatabase } from './database.ts';
import {
  applyFetched,
  charge,
  coupon,
  creditNote,
  customer,
  discount,
  event,
  fraudWarning,
  held,
  invoice,
  invoicePayment,
  mirrored,
  month,
  receive,
  start,
  subscription,
  type TestEvent,
} from './stripe.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());

const old = '2024-06-20';
const foreign = (type: string, object: object, at = start, version: string | null = old) =>
  event(type, object, at, { api_version: version });

/** Receives an event and gives what it asks for, as Stripe has it now → what was asked, and the outcome. */
async function settle(received: TestEvent, known: Record<string, object>) {
  const asked: string[] = [];
  let answer = await receive(db.sql, received);
  for (let round = 0; answer.status === 'fetch'; round += 1) {
    if (round === 6) throw new Error(`It keeps asking for ${JSON.stringify(answer.fetch)}`);
    const wanted = answer.fetch!;
    asked.push(...wanted.map(({ kind, id }) => `${kind} ${id}`));
    const objects = wanted.flatMap(({ id, version }) =>
      known[id] ? [{ object: known[id], as_of: start + 500, version }] : [],
    );
    answer = await applyFetched(
      db.sql,
      objects,
      received,
      wanted.map(({ id }) => id),
    );
  }
  return { asked, status: answer.status };
}

it('the version of the mirror is that of the SDK', async () => {
  expect((await db.sql`select private.stripe_api_version() as version`)[0]).toEqual({ version: Stripe.API_VERSION });
});

describe('an event of another version', () => {
  it.each(['2020-08-27', old, '2024-09-30.acacia', '2025-03-31.basil', '2031-01-01.future', null])(
    '%s is not believed: its object is fetched',
    async (version) => {
      const { bought } = await mirrored(db.sql);
      const wrong = { ...bought, status: 'past_due', items: { data: [] } };
      const truth = { ...bought, cancel_at_period_end: true };
      const received = foreign('customer.subscription.updated', wrong, start + 9, version);
      expect(await settle(received, { [bought.id]: truth })).toEqual({
        asked: [`subscription ${bought.id}`],
        status: 'processed',
      });
      expect(await held(db.sql, bought.id)).toMatchObject({ status: 'active', cancel_at_period_end: true });
    },
  );

  it('as an old account sends them ends with mirror and licence as today', async () => {
    const read = (name: string) =>
      JSON.parse(readFileSync(new URL(`./stripe-cases/${name}.json`, import.meta.url), 'utf8')) as TestEvent & {
        data: { object: { id: string; customer: string } };
      };
    const [changed, paid] = [read('old-subscription'), read('old-invoice')];
    const email = 'old-account@example.com';
    const made = await createLicense(db.sql, { email, plan: 'starter' });
    const end = 1_798_332_000;
    await db.sql`update public.licenses set issued_at = to_timestamp(1795740000), expires_at = to_timestamp(1795740060)
      where id = ${made.id}`;
    const payer = customer({ id: changed.data.object.customer, email });
    const bought = subscription(payer.id, {
      id: changed.data.object.id,
      periodStart: 1_795_740_000,
      periodEnd: end,
      metadata: { license_id: made.id },
    });
    const known = {
      [payer.id]: payer,
      [bought.id]: bought,
      [paid.data.object.id]: invoice(bought, { id: paid.data.object.id }),
    };
    for (const received of [paid, changed]) expect((await settle(received, known)).status).toBe('processed');
    const [license] = await db.sql`select plan, extract(epoch from expires_at)::int as until, stripe_subscription_id
      from public.licenses where id = ${made.id}`;
    expect(license).toEqual({ plan: 'premium', until: end, stripe_subscription_id: bought.id });
  });

  it('about an invoice that is paid renews the licence', async () => {
    const email = 'old-renewal@example.com';
    const made = await createLicense(db.sql, { email });
    const { bought } = await mirrored(db.sql, { email, licenseId: made.id });
    const bill = invoice(bought, { periodEnd: start + month });
    const rendered = { ...bill, parent: undefined, subscription: bought.id, paid: true };
    expect(await settle(foreign('invoice.paid', rendered), { [bill.id]: bill })).toEqual({
      asked: [`invoice ${bill.id}`],
      status: 'processed',
    });
    const [row] = await db.sql`select stripe_subscription_id, status from public.invoices
      where stripe_invoice_id = ${bill.id}`;
    expect(row).toEqual({ stripe_subscription_id: bought.id, status: 'paid' });
  });

  it('about what the mirror does not hold is read from the object fetched', async () => {
    const { bought, payer } = await mirrored(db.sql, { discounts: [discount(coupon({ id: 'co_old' }))] });
    const bill = invoice(bought);
    const money = charge(payer.id);
    const known: Record<string, object> = {
      [bought.id]: bought,
      [payer.id]: payer,
      [bill.id]: bill,
      [money.id]: { ...money, amount_refunded: 700 },
      re_old: { id: 're_old', object: 'refund', charge: money.id },
      co_old: coupon({ id: 'co_old', name: 'Renamed' }),
      inpay_old: { ...invoicePayment(bill.id, money.payment_intent), id: 'inpay_old' },
      pm_old: { id: 'pm_old', object: 'payment_method', customer: payer.id },
      dp_old: {
        id: 'dp_old',
        object: 'dispute',
        charge: money.id,
        status: 'needs_response',
        currency: 'eur',
        amount: 1,
        reason: 'fraudulent',
        created: start,
        livemode: false,
      },
      issfr_old: fraudWarning(money.id, { id: 'issfr_old' }),
      cn_old: creditNote(bill.id, payer.id, { id: 'cn_old' }),
    };
    const steps: Array<[string, object, string[]]> = [
      ['invoice_payment.paid', { id: 'inpay_old', object: 'invoice_payment' }, ['invoice_payment inpay_old']],
      ['refund.created', { id: 're_old', object: 'refund' }, ['refund re_old', `charge ${money.id}`, 'refund re_old']],
      ['charge.dispute.created', { id: 'dp_old', object: 'dispute' }, ['dispute dp_old']],
      [
        'radar.early_fraud_warning.created',
        { id: 'issfr_old', object: 'radar.early_fraud_warning' },
        ['early_fraud_warning issfr_old'],
      ],
      [
        'credit_note.created',
        { id: 'cn_old', object: 'credit_note' },
        ['credit_note cn_old', `invoice ${bill.id}`, 'credit_note cn_old'],
      ],
      [
        'payment_method.attached',
        { id: 'pm_old', object: 'payment_method' },
        ['payment_method pm_old', `subscription ${bought.id}`, 'payment_method pm_old'],
      ],
      ['customer.discount.created', { object: 'discount', subscription: bought.id }, [`subscription ${bought.id}`]],
      ['coupon.updated', { id: 'co_old', object: 'coupon', name: 'Wrong' }, ['coupon co_old']],
    ];
    for (const [type, object, asked] of steps) {
      const outcome = await settle(foreign(type, object, start + 9), known);
      expect([type, outcome.status, [...outcome.asked].sort()]).toEqual([type, 'processed', [...asked].sort()]);
    }
    const [payment] = await db.sql`select amount_refunded, dispute_status from public.payments
      where stripe_payment_id = ${money.id}`;
    expect(payment).toEqual({ amount_refunded: 700, dispute_status: 'needs_response' });
    expect((await held(db.sql, bought.id))['discounts']).toMatchObject([{ name: 'Renamed' }]);
  });

  it('gives a checkout its licence', async () => {
    const payer = customer({ email: 'old-checkout@example.com' });
    const bought = subscription(payer.id);
    const session = {
      id: 'cs_old',
      object: 'checkout.session',
      subscription: bought.id,
      customer: payer.id,
      payment_status: 'paid',
      currency: 'eur',
      amount_total: 2900,
      custom_fields: [{ key: 'hwid', text: { value: 'HWID-OLD-CHECKOUT' } }],
    };
    const known = { [payer.id]: payer, [bought.id]: bought, cs_old: session };
    const received = foreign('checkout.session.completed', { id: 'cs_old', object: 'checkout.session' });
    expect((await settle(received, known)).status).toBe('processed');
    expect(
      (await db.sql`select plan, status from public.licenses where email = 'old-checkout@example.com'`)[0],
    ).toMatchObject({ plan: 'premium' });
  });

  it('of no interest is kept and ignored, and asks for nothing', async () => {
    expect(await settle(foreign('product.created', { id: 'prod_old', object: 'product' }), {})).toEqual({
      asked: [],
      status: 'ignored',
    });
  });

  it('whose object changed while it was fetched is fetched again', async () => {
    const { bought } = await mirrored(db.sql);
    const received = foreign('customer.subscription.updated', bought, start + 5);
    const { fetch } = await receive(db.sql, received);
    await receive(
      db.sql,
      event('customer.subscription.updated', { ...bought, cancel_at_period_end: true }, start + 30),
    );
    const stale = [{ object: bought, as_of: start + 20, version: fetch![0]!.version }];
    expect(await applyFetched(db.sql, stale, received, [bought.id])).toMatchObject({ status: 'fetch' });
    expect(await held(db.sql, bought.id)).toMatchObject({ cancel_at_period_end: true });
  });
});

describe('mode and account', () => {
  const take = async (received: TestEvent, livemode: boolean) => {
    const [row] = await db.sql`select private.receive_stripe_event(${JSON.stringify(received)}::text::jsonb, 'webhook',
      ${livemode}) as answer`;
    return row!['answer'] as { status: string; error?: string };
  };

  it.each([
    [true, false],
    [false, true],
  ])('an event of live mode %s is nothing for a key of live mode %s', async (events, key) => {
    const payer = customer();
    const created = event('customer.created', { ...payer, livemode: events }, start, { livemode: events });
    expect(await take(created, key)).toMatchObject({ status: 'ignored', error: expect.stringContaining('mode') });
    expect(await db.sql`select from private.stripe_customers where stripe_customer_id = ${payer.id}`).toHaveLength(0);
    expect(await take(created, key)).toEqual({ status: 'duplicate' });
  });

  it('an event of a connected account is nothing for ours, one that names ours is', async () => {
    await db.sql`select private.note_stripe_account('{"account_id": "acct_ours", "livemode": false}')`;
    const [one, other] = [customer(), customer()];
    const connected = event('customer.created', one, start, { account: 'acct_other' });
    expect(await take(connected, false)).toMatchObject({
      status: 'ignored',
      error: expect.stringContaining('acct_other'),
    });
    expect(await take(event('customer.created', other, start, { account: 'acct_ours' }), false)).toEqual({
      status: 'processed',
    });
    expect(
      await db.sql`select stripe_customer_id from private.stripe_customers
        where stripe_customer_id in ${db.sql([one.id, other.id])}`,
    ).toEqual([{ stripe_customer_id: other.id }]);
  });
});
