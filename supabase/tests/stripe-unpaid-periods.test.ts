import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLicense, createTestDatabase, type TestDatabase } from './database.ts';
import {
  applyFetched,
  customer,
  event,
  held,
  invoice,
  mirrored,
  month,
  receive,
  start,
  subscription,
  type SubscriptionInput,
} from './stripe.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());

const license = async (id: string) => (await db.sql`select * from public.licenses where id = ${id}`)[0]!;
const day = (seconds: number) => new Date(seconds * 1000);

/** A licence by hand on the cheaper plan, and a subscription of the same customer that names it. */
async function named(given: SubscriptionInput = {}) {
  const email = `unpaid-${crypto.randomUUID()}@example.com`;
  const made = await createLicense(db.sql, { email, plan: 'starter' });
  await db.sql`update public.licenses set issued_at = ${day(start - 86_400)}, expires_at = ${day(start + 5 * 86_400)}
    where id = ${made.id}`;
  const payer = customer({ email });
  const bought = subscription(payer.id, { plan: 'enterprise', metadata: { license_id: made.id }, ...given });
  await applyFetched(db.sql, [{ object: payer, as_of: start }]);
  const before = await license(made.id);
  return { licenseId: made.id, payer, bought, before };
}

describe('a first period that is not paid gives nothing', () => {
  it.each([
    ['incomplete', 'incomplete_expired'],
    ['incomplete', 'canceled'],
    ['active', 'past_due'],
    ['active', 'unpaid'],
    ['past_due', 'canceled'],
  ] as const)('%s with an open invoice, then %s: the licence stays as it is', async (first, then) => {
    const { licenseId, bought, before } = await named({ status: first });
    await receive(db.sql, event('customer.subscription.created', bought, start + 1));
    const open = invoice(bought, { status: 'open', attempt_count: 0 });
    await receive(db.sql, event('invoice.finalized', open, start + 2));
    expect(await license(licenseId)).toEqual(before);
    expect(await held(db.sql, bought.id)).toMatchObject({ status: first, license_id: null });
    await receive(db.sql, event('invoice.voided', { ...open, status: 'void' }, start + 3));
    const ended = then === 'canceled' || then === 'incomplete_expired' ? { ended_at: start + 9 } : {};
    await receive(db.sql, event('customer.subscription.updated', { ...bought, status: then, ...ended }, start + 9));
    expect(await held(db.sql, bought.id)).toMatchObject({ status: then, license_id: null });
    expect(await license(licenseId)).toEqual(before);
  });

  it('an unpaid one linked by hand changes neither plan nor days nor renewal', async () => {
    const { licenseId, bought, before } = await named({ status: 'active', metadata: {} });
    await receive(db.sql, event('customer.subscription.created', bought, start + 1));
    const { id } = await held(db.sql, bought.id);
    await db.sql`select public.link_subscription_license(${id}, ${licenseId})`;
    const { plan, expires_at, auto_renew, paid_until } = before;
    expect(await license(licenseId)).toMatchObject({
      plan,
      expires_at,
      auto_renew,
      paid_until,
      stripe_subscription_id: bought.id,
    });
    await receive(db.sql, event('invoice.paid', invoice(bought), start + 9));
    expect(await license(licenseId)).toMatchObject({ plan: 'enterprise', expires_at: day(start + month) });
  });

  it('with its first payment it is linked, and plan and days follow', async () => {
    const { licenseId, bought } = await named({ status: 'incomplete' });
    await receive(db.sql, event('customer.subscription.created', bought, start + 1));
    await receive(db.sql, event('invoice.paid', invoice(bought), start + 5));
    await receive(db.sql, event('customer.subscription.updated', { ...bought, status: 'active' }, start + 6));
    expect(await license(licenseId)).toMatchObject({
      plan: 'enterprise',
      stripe_subscription_id: bought.id,
      expires_at: day(start + month),
      paid_until: day(start + month),
      auto_renew: true,
    });
  });

  it('an invoice without lines pays for nothing', async () => {
    const { licenseId, bought, before } = await named();
    await receive(db.sql, event('customer.subscription.created', bought, start + 1));
    const empty = { ...invoice(bought), lines: { object: 'list', has_more: false, url: '', data: [] } };
    await receive(db.sql, event('invoice.paid', empty, start + 5));
    expect(await license(licenseId)).toEqual(before);
  });
});

it('a later period that stands unpaid for good leaves the plan that was paid', async () => {
  const { licenseId, bought } = await named({ plan: 'premium' });
  await receive(db.sql, event('customer.subscription.created', bought, start + 1));
  await receive(db.sql, event('invoice.paid', invoice(bought), start + 5));
  const [item] = bought.items.data;
  const dearer = {
    ...bought,
    status: 'unpaid',
    items: {
      ...bought.items,
      data: [
        {
          ...item!,
          current_period_start: start + month,
          current_period_end: start + 2 * month,
          price: { ...item!.price, lookup_key: 'enterprise_month', metadata: { plan: 'enterprise' } },
        },
      ],
    },
  };
  await receive(db.sql, event('customer.subscription.updated', dearer, start + month + 9));
  expect(await license(licenseId)).toMatchObject({
    plan: 'premium',
    expires_at: day(start + month),
    auto_renew: false,
  });
});

describe('the next subscription of a licence', () => {
  it('takes the licence once the first has ended, in whatever order that becomes known', async () => {
    for (const endsFirst of [true, false]) {
      const { licenseId, bought, payer } = await named({ plan: 'premium' });
      await receive(db.sql, event('customer.subscription.created', bought, start + 1));
      await receive(db.sql, event('invoice.paid', invoice(bought), start + 5));
      const end = { ...bought, status: 'canceled', canceled_at: start + 50, ended_at: start + 50 };
      const next = subscription(payer.id, {
        plan: 'enterprise',
        periodStart: start + 2 * month,
        metadata: { license_id: licenseId },
      });
      const ending = () => receive(db.sql, event('customer.subscription.deleted', end, start + 50));
      if (endsFirst) await ending();
      await receive(db.sql, event('customer.subscription.created', next, start + 2 * month));
      await receive(db.sql, event('invoice.paid', invoice(next), start + 2 * month + 1));
      if (!endsFirst) {
        expect(await license(licenseId)).toMatchObject({ stripe_subscription_id: bought.id });
        await ending();
      }
      expect(await license(licenseId)).toMatchObject({
        stripe_subscription_id: next.id,
        plan: 'enterprise',
        expires_at: day(start + 3 * month),
        auto_renew: true,
      });
      // The earlier one, told again, does not take it back.
      await receive(db.sql, event('customer.subscription.updated', end, start + 60));
      await applyFetched(db.sql, [{ object: invoice(bought), as_of: start + 70 }]);
      expect(await license(licenseId)).toMatchObject({ stripe_subscription_id: next.id });
    }
  });

  it('waits while the first runs', async () => {
    const { licenseId, bought, payer } = await named();
    await receive(db.sql, event('customer.subscription.created', bought, start + 1));
    await receive(db.sql, event('invoice.paid', invoice(bought), start + 5));
    const other = subscription(payer.id, { metadata: { license_id: licenseId } });
    await receive(db.sql, event('customer.subscription.created', other, start + 6));
    await receive(db.sql, event('invoice.paid', invoice(other), start + 7));
    expect(await held(db.sql, other.id)).toMatchObject({ license_id: null });
    expect(await license(licenseId)).toMatchObject({ stripe_subscription_id: bought.id });
  });
});

describe('linking by hand', () => {
  it('makes the licence follow, and is told', async () => {
    const admin = await db.addStaff('admin');
    const { bought, row } = await mirrored(db.sql);
    const made = await createLicense(db.sql, { email: String(row['email']), plan: 'starter' });
    await applyFetched(db.sql, [{ object: invoice(bought), as_of: start }]);
    const [{ linked }] = (await db.as(
      admin,
      (sql) => sql`select public.link_subscription_license(${row.id}, ${made.id}) as linked`,
    )) as never as [{ linked: { license_id: string } }];
    expect(linked.license_id).toBe(made.id);
    expect(await license(made.id)).toMatchObject({ plan: 'premium', stripe_subscription_id: bought.id });
    const told = await db.sql`select user_id, license_id from public.events where event_type = 'subscription_linked'
      and subject_id = ${row.id}`;
    expect(told).toEqual([{ user_id: admin.userId, license_id: made.id }]);
  });

  it('is refused, and changes nothing, for what does not fit', async () => {
    const { row } = await mirrored(db.sql);
    const own = await createLicense(db.sql, { email: String(row['email']) });
    const taken = await createLicense(db.sql, { email: String(row['email']) });
    await mirrored(db.sql, { email: String(row['email']), licenseId: taken.id });
    const revoked = await createLicense(db.sql, { email: String(row['email']) });
    await db.sql`update public.licenses set revoked_at = now(), status = 'revoked' where id = ${revoked.id}`;
    const stranger = await createLicense(db.sql, { email: `other-${crypto.randomUUID()}@example.com` });
    const ended = await mirrored(db.sql, { email: String(row['email']), status: 'canceled', ended_at: start + 9 });
    const linked = await mirrored(db.sql, { email: String(row['email']) });
    await db.sql`select public.link_subscription_license(${linked.row.id},
      ${(await createLicense(db.sql, { email: String(row['email']) })).id})`;
    const none = crypto.randomUUID();
    const [support, viewer] = [await db.addStaff('support'), await db.addStaff('viewer')];
    for (const [subscriptionId, licenseId, hint] of [
      [none, own.id, 'subscription_not_found'],
      [row.id, none, 'license_not_found'],
      [row.id, taken.id, 'license_has_subscription'],
      [row.id, revoked.id, 'license_revoked'],
      [row.id, stranger.id, 'license_of_other_customer'],
      [ended.row.id, own.id, 'already_canceled'],
      [linked.row.id, own.id, 'subscription_linked'],
    ] as const)
      await expect(
        db.sql`select public.link_subscription_license(${subscriptionId}, ${licenseId})`,
      ).rejects.toMatchObject({ hint });
    for (const person of [support, viewer])
      await expect(
        db.as(person, (sql) => sql`select public.link_subscription_license(${row.id}, ${own.id})`),
      ).rejects.toMatchObject({ hint: 'permission_denied' });
    expect(await license(own.id)).toMatchObject({ stripe_subscription_id: null });
  });
});

describe('a licence that metadata names', () => {
  it('is one by its identifier only: whatever else stands there changes nothing', async () => {
    // On a connection of its own, where nothing was planned yet.
    const fresh = await createTestDatabase();
    try {
      for (const license_id of ['LIC-42', '42', "'; drop table x;--", '']) {
        const { row } = await mirrored(fresh.sql, { metadata: { license_id } });
        expect(row).toMatchObject({ named_license_id: null, license_id: null, status: 'active' });
      }
    } finally {
      await fresh.drop();
    }
  });

  it('and that was revoked is not followed: he who pays for it is told of, once', async () => {
    const { bought, payer, licenseId } = await named();
    await db.sql`update public.licenses set revoked_at = now(), status = 'revoked' where id = ${licenseId}`;
    await db.sql`insert into public.stripe_syncs (kind, status, finished_at) values ('full', 'succeeded', now())`;
    const again = subscription(payer.id, { metadata: { license_id: licenseId } });
    await receive(db.sql, event('customer.subscription.created', again, start + 6));
    for (const second of [7, 8]) await receive(db.sql, event('invoice.paid', invoice(again), start + second));
    expect(await held(db.sql, again.id)).toMatchObject({ license_id: null, status: 'active' });
    const told = await db.sql`select dedupe_key from public.alerts where kind = 'payment_for_revoked_license'
      and subject_id = ${licenseId} and dedupe_key like ${`%${again.id}`}`;
    expect(told).toHaveLength(1);
    expect(bought.id).not.toBe(again.id);
  });
});

it('an end beyond the period that runs is one more debit: who revokes must say what becomes of it', async () => {
  const { bought, licenseId } = await named();
  await receive(db.sql, event('invoice.paid', invoice(bought), start + 3));
  const billed = async (cancel_at: number) => {
    await applyFetched(db.sql, [{ object: { ...bought, cancel_at }, as_of: start + 10 }]);
    const [row] = await db.sql`select private.billing_subscription(licenses) is not null as billed from public.licenses
      where id = ${licenseId}`;
    return row!['billed'] as boolean;
  };
  expect(await billed(start + 300 * 86_400)).toBe(true);
  expect(await billed(start + month)).toBe(false);
});
