import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLicense, createTestDatabase, type TestDatabase } from './database.ts';
import { applyFetched, charge, customer, event, invoice, invoicePayment, start, subscription } from './stripe.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());

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
        invoice(bought),
        { ...bill, payments: { data: [invoicePayment(bill.id, refused.payment_intent)] } },
        refused,
      ];
      for (const object of page) {
        const [row] = await own.sql`select private.reconcile_stripe_objects(${run!['id']},
            ${JSON.stringify([object])}::text::jsonb, clock_timestamp(), to_timestamp(${start + 5})) as fetches`;
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

  it('is the full comparison: any number of quick ones before it are none', async () => {
    const own = await createTestDatabase();
    try {
      const { sql } = own;
      const baseline = async () => (await sql`select private.has_stripe_baseline() as known`)[0]!['known'];
      await sql`insert into public.stripe_syncs (kind, status, finished_at) values
        ('incremental', 'succeeded', now()), ('incremental', 'succeeded', now())`;
      await sql`insert into public.stripe_syncs (kind, status, finished_at, error)
        values ('full', 'failed', now(), 'x')`;
      expect(await baseline()).toBe(false);
      const payer = customer({ email: 'past@example.com' });
      const made = await createLicense(sql, { email: 'past@example.com' });
      const bought = subscription(payer.id, { metadata: { license_id: made.id } });
      const bill = invoice(bought, { status: 'open' });
      const refused = charge(payer.id, { status: 'failed', amount_refunded: 0 });
      const disputed = charge(payer.id, { amount_refunded: 300 });
      const dispute = {
        object: 'dispute',
        id: 'du_past',
        charge: disputed.id,
        status: 'lost',
        currency: 'eur',
        amount: 1,
      };
      const told = async () => [
        ...(await sql`select kind from public.alerts`),
        ...(await sql`select template from public.email_outbox where template = 'payment_failed'`),
        ...(await sql`select object_id from public.stripe_drifts`),
      ];
      const tell = (received: object, source: string) =>
        sql`select private.receive_stripe_event(${JSON.stringify(received)}::text::jsonb, ${source})`;
      // What a quick run finds missed, and what a full one fetches, are the past.
      const objects = [payer, bought, invoice(bought), bill, invoicePayment(bill.id, refused.payment_intent)];
      await applyFetched(
        sql,
        objects.map((object) => ({ object, as_of: start })),
      );
      await tell(event('charge.failed', refused, start + 1), 'sync');
      await applyFetched(sql, [{ object: disputed, as_of: start }]);
      await applyFetched(sql, [{ object: dispute, as_of: start }]);
      const [run] = await sql`insert into public.stripe_syncs (kind, status) values ('full', 'running') returning id`;
      const late = JSON.stringify([{ ...bought, status: 'canceled', ended_at: start + 9, canceled_at: start + 9 }]);
      await sql`select private.reconcile_stripe_objects(${run!['id']}, ${late}::text::jsonb, clock_timestamp(),
        to_timestamp(${start + 20}))`;
      expect(await told()).toEqual([]);
      expect(await sql`select status from public.payments where stripe_payment_id = ${refused.id}`).toEqual([
        { status: 'failed' },
      ]);
      // What the webhook brings meanwhile is the present.
      const now = charge(payer.id, { amount_refunded: 100 });
      await tell(event('charge.refunded', now, start + 30), 'webhook');
      expect(await told()).toEqual([{ kind: 'payment_refunded' }]);
      await sql`select private.finish_stripe_sync(${run!['id']})`;
      expect(await baseline()).toBe(true);
      expect(await told()).toEqual([{ kind: 'payment_refunded' }]);
      await tell(event('charge.refunded', { ...now, amount_refunded: 200 }, start + 40), 'sync');
      expect(await told()).toHaveLength(2);
    } finally {
      await own.drop();
    }
  });
});
