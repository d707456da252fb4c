import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLicense, createTestDatabase, type Persona, type TestDatabase } from './database.ts';
import { applyFetched, charge, compareOnce, invoice, invoicePayment, mirrored, start } from './stripe.ts';
import { call, newCustomer } from './tickets.ts';

let db: TestDatabase;
let viewer: Persona;
beforeAll(async () => {
  db = await createTestDatabase();
  viewer = await db.addStaff('viewer');
  await compareOnce(db.sql);
});
afterAll(() => db.drop());

type Customer = Awaited<ReturnType<typeof newCustomer>>;
const health = async ({ customerId }: Pick<Customer, 'customerId'>) =>
  (await call(db, viewer, 'get_customer', { customer_id: customerId })).health;
/** A customer whose client was seen a minute ago, with a month ahead. */
async function well(): Promise<Customer> {
  const customer = await newCustomer(db);
  await db.sql`update public.licenses set last_check_in = now() - interval '1 minute' where id = ${customer.licenseId}`;
  return customer;
}
const change = (of: Customer, set: Record<string, unknown>) =>
  db.sql`update public.licenses set ${db.sql(set as never)} where id = ${of.licenseId}`;
const inDays = (days: number) => new Date(Date.now() + days * 86_400_000);
const report = (of: Customer, errors: Record<number, number>) =>
  db.sql`insert into public.usage_stats (license_id, date, errors_count)
    select ${of.licenseId}, private.business_day(now()) - key::int, value::int
    from jsonb_each_text(${db.sql.json(errors)})`;
const everyDay = (from: number, to: number, errors: number) =>
  Object.fromEntries(Array.from({ length: to - from + 1 }, (_, index) => [from + index, errors]));
const codes = async (of: Pick<Customer, 'customerId'>) => (await health(of)).reasons.map(({ code }) => code);

describe('the health of a customer', () => {
  it('is 100 where nothing speaks against it', async () => {
    expect(await health(await well())).toEqual({ score: 100, reasons: [] });
  });

  it('is no figure without a licence in force', async () => {
    const customer = await well();
    await change(customer, { revoked_at: new Date(), revoked_reason: 'Fin' });
    expect(await health(customer)).toEqual({ score: null, reasons: [] });
  });

  it('falls when a licence ends within 7 days and nothing renews it', async () => {
    const customer = await well();
    await change(customer, { expires_at: inDays(7.1) });
    expect(await codes(customer)).toEqual([]);
    await change(customer, { expires_at: inDays(6.9) });
    const told = await health(customer);
    expect(told).toMatchObject({
      score: 60,
      reasons: [{ code: 'expires_soon', points: 40, license_id: customer.licenseId, details: {} }],
    });
    expect(Date.parse(told.reasons[0]!.at!)).toBeCloseTo(inDays(6.9).getTime(), -4);
    // Days of grace are the same, only worse.
    await db.sql`update public.licenses set issued_at = now() - interval '40 days',
        expires_at = now() - interval '1 day'
      where id = ${customer.licenseId}`;
    expect(await codes(customer)).toEqual(['expires_soon']);
  });

  it('does not fall for a licence its subscription renews', async () => {
    const license = await createLicense(db.sql, { email: 'renewed@example.com' });
    const { row } = await mirrored(db.sql, { email: 'renewed@example.com', licenseId: license.id });
    await db.sql`update public.licenses set last_check_in = now(), expires_at = now() + interval '2 days',
      auto_renew = true where id = ${license.id}`;
    expect(await codes({ customerId: row.customer_id })).toEqual([]);
  });

  it('falls when a client is silent for 7 days while its licence is active, or since its issue', async () => {
    const customer = await well();
    await change(customer, { last_check_in: inDays(-6.9) });
    expect(await codes(customer)).toEqual([]);
    await change(customer, { last_check_in: inDays(-7.1) });
    expect(await health(customer)).toMatchObject({ score: 80, reasons: [{ code: 'silent', points: 20 }] });
    await change(customer, { last_check_in: null, issued_at: inDays(-8) });
    expect(await health(customer)).toMatchObject({ reasons: [{ code: 'silent', at: null }] });
    await change(customer, { suspended_at: new Date(), suspended_reason: 'Litige' });
    expect(await codes(customer)).toEqual([]);
  });

  it('falls when errors are above three times the licence’s own mean of 30 days', async () => {
    const customer = await well();
    await report(customer, { ...everyDay(1, 30, 10), 0: 30 });
    expect(await codes(customer)).toEqual([]);
    await db.sql`update public.usage_stats set errors_count = 31 where license_id = ${customer.licenseId}
      and date = private.business_day(now())`;
    expect(await health(customer)).toMatchObject({
      score: 90,
      reasons: [{ code: 'errors_surge', details: { errors: 31, mean: 10 } }],
    });
  });

  it('has no surge of errors without a day to compare with, below five, nor from before three days', async () => {
    const young = await well();
    await report(young, { 0: 200 });
    expect(await codes(young)).toEqual([]);
    const quiet = await well();
    await report(quiet, { ...everyDay(1, 7, 0), 0: 4 });
    expect(await codes(quiet)).toEqual([]);
    const past = await well();
    await report(past, { ...everyDay(4, 30, 1), 3: 500 });
    expect(await codes(past)).toEqual([]);
  });

  it('flags of a licence what the daily list of who may leave does', async () => {
    const customer = await well();
    await report(customer, { ...everyDay(1, 20, 2), 0: 40 });
    await change(customer, { last_check_in: inDays(-8), expires_at: inDays(3) });
    const [risk] =
      await db.sql`select reasons, score from private.find_risks() where license_id = ${customer.licenseId}`;
    expect(risk).toMatchObject({ reasons: ['expiring', 'silent', 'errors'], score: 70 });
    expect(await health(customer)).toMatchObject({
      score: 30,
      reasons: [{ code: 'expires_soon' }, { code: 'silent' }, { code: 'errors_surge' }],
    });
    await db.sql`update public.settings set value = '5' where key = 'risk_weight_silent'`;
    expect((await health(customer)).score).toBe(45);
    await db.sql`update public.settings set value = '20' where key = 'risk_weight_silent'`;
  });

  it('falls while a payment fails, and is well again once it is paid', async () => {
    const license = await createLicense(db.sql, { email: 'failing@example.com' });
    const { payer, bought, row } = await mirrored(db.sql, { email: 'failing@example.com', licenseId: license.id });
    await db.sql`update public.licenses set last_check_in = now(), expires_at = now() + interval '20 days'
      where id = ${license.id}`;
    const refused = charge(payer.id, { status: 'failed', failure_code: 'expired_card', created: start + 60 });
    const open = invoice(bought, { status: 'open' });
    await applyFetched(db.sql, [
      { object: open, as_of: start + 60 },
      { object: invoicePayment(open.id, refused.payment_intent), as_of: start + 60 },
      { object: refused, as_of: start + 60 },
    ]);
    const customer = { customerId: row.customer_id };
    expect(await health(customer)).toMatchObject({
      score: 70,
      reasons: [{ code: 'payment_failed', license_id: license.id, details: { failure_code: 'expired_card' } }],
    });
    await applyFetched(db.sql, [{ object: { ...open, status: 'paid' }, as_of: start + 120 }]);
    expect(await codes(customer)).toEqual([]);
  });

  it('falls for a dispute that is open, for an urgent ticket until it is resolved, and never below 0', async () => {
    const customer = await well();
    await db.sql`insert into public.payments (customer_id, email, stripe_payment_id, amount, status, payment_date,
        dispute_status, livemode)
      values (${customer.customerId}, ${customer.email}, 'ch_disputed', 2900, 'succeeded', now(), 'needs_response',
        false)`;
    const [ticket] = await db.sql`insert into public.support_tickets (subject, channel, customer_id, priority)
      values ('Plus rien ne part', 'client', ${customer.customerId}, 'critical') returning number`;
    expect(await health(customer)).toMatchObject({
      score: 40,
      reasons: [
        { code: 'disputed', details: { amount_cents: 2900, currency: 'EUR' } },
        { code: 'urgent_ticket', details: { ticket_number: Number(ticket!['number']), subject: 'Plus rien ne part' } },
      ],
    });
    await change(customer, { last_check_in: inDays(-9), expires_at: inDays(2) });
    expect(await health(customer)).toMatchObject({ score: 0 });
    await db.sql`update public.support_tickets set status = 'resolved', resolved_at = now()
      where customer_id = ${customer.customerId}`;
    await db.sql`update public.payments set dispute_status = 'won' where customer_id = ${customer.customerId}`;
    expect(await codes(customer)).toEqual(['expires_soon', 'silent']);
  });

  it('counts a reason once, however many licences it is true of', async () => {
    const customer = await well();
    const other = await createLicense(db.sql, { email: customer.email });
    for (const id of [customer.licenseId, other.id])
      await db.sql`update public.licenses set expires_at = now() + interval '3 days' where id = ${id}`;
    const { score, reasons } = await health(customer);
    expect(score).toBe(60);
    expect(reasons.map(({ license_id }) => license_id).toSorted()).toEqual([customer.licenseId, other.id].toSorted());
  });

  it('tells nobody of what they may not read', async () => {
    const customer = await well();
    await db.sql`insert into public.payments (customer_id, email, stripe_payment_id, amount, status, payment_date,
        livemode)
      values (${customer.customerId}, ${customer.email}, 'ch_refused', 2900, 'failed', now(), false)`;
    expect(await codes(customer)).toEqual(['payment_failed']);
    await db.sql`delete from private.role_permissions where role = 'viewer' and permission = 'payments.read'`;
    expect(await health(customer)).toEqual({ score: 70, reasons: [] });
    await db.sql`insert into private.role_permissions (role, permission) values ('viewer', 'payments.read')`;
  });
});
