import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLicense, createTestDatabase, type TestDatabase } from './database.ts';
import {
  applyFetched,
  charge,
  event,
  held,
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

const license = async (id: string) => (await db.sql`select * from public.licenses where id = ${id}`)[0]!;
const day = (seconds: number) => new Date(seconds * 1000);

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
        await db.sql`select event_type from public.events where license_id = ${licenseId}
          order by sequence desc limit 1`
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
    expect(await held(db.sql, bought.id)).toMatchObject({
      status: 'past_due',
      failure_code: 'insufficient_funds',
      payment_failed_at: day(start + month),
    });
    expect(
      await db.sql`select from public.alerts where kind = 'payment_failed' and subject_type = 'subscription'
        and subject_id = ${row.id}`,
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
    expect(await held(db.sql, bought.id)).toMatchObject({ payment_failed_at: null, failure_code: null });
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

  it('staff cannot change the plan past a running subscription, and can once it has ended', async () => {
    const { bought, licenseId } = await linked();
    const admin = await db.addStaff('admin');
    const refusal = { code: 'PT409', hint: 'subscription_governs' };
    await expect(
      db.as(admin, (sql) => sql`select public.change_license_plan(${licenseId}, 'starter', 'x')`),
    ).rejects.toMatchObject(refusal);
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
    await db.sql`select public.revoke_license(${licenseId}, 'fraud', billed_on => true)`;
    const second = renewal(bought, 1);
    await receive(db.sql, event('customer.subscription.updated', second, start + month));
    await receive(db.sql, event('invoice.paid', invoice(second), start + month + 1));
    expect(await license(licenseId)).toMatchObject({ status: 'revoked', expires_at: day(start + 60 * 86_400) });
    expect(
      await db.sql`select from public.alerts where kind = 'payment_for_revoked_license' and subject_id = ${licenseId}`,
    ).toHaveLength(1);
  });

  it.each([
    [29, 'active'],
    [31, 'revoked'],
  ])('failing for %i days: %s by the rule of 30 days', async (days, status) => {
    const { bought, licenseId } = await linked();
    await receive(db.sql, event('customer.subscription.updated', { ...bought, status: 'past_due' }, start + 5));
    await db.sql`update public.licenses set expires_at = now() + interval '1 day' where id = ${licenseId}`;
    await db.sql`update public.subscriptions set payment_failed_at = now() - make_interval(days => ${days})
      where stripe_subscription_id = ${bought.id}`;
    await db.sql`select private.revoke_unpaid_licenses()`;
    expect((await license(licenseId))['status']).toBe(status);
    expect(
      await db.sql`select from public.email_outbox where template = 'license_revoked' and license_id = ${licenseId}`,
    ).toHaveLength(status === 'revoked' ? 1 : 0);
  });
});
