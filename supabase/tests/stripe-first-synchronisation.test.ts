import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLicense, createTestDatabase, type TestDatabase } from './database.ts';
import { charge, customer, invoice, invoicePayment, start, subscription } from './stripe.ts';

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
});
