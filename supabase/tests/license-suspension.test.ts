import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { age, createLicense, createTestDatabase, type Persona, type TestDatabase } from './database.ts';
import { eventsOf } from './licenses.ts';
import { applyFetched, invoice, mirrored, start } from './stripe.ts';

let db: TestDatabase;
let support: Persona;
let viewer: Persona;
beforeAll(async () => {
  db = await createTestDatabase();
  [support, viewer] = [await db.addStaff('support'), await db.addStaff('viewer')];
});
afterAll(() => db.drop());

const act = async (verb: 'suspend' | 'reinstate', id: string, { by = support, mail = false, reason = 'Litige' } = {}) =>
  (await db.as(by, (sql) => sql.unsafe(`select public.${verb}_license($1, $2, $3) as license`, [id, reason, mail])))[0]!
    .license as Record<string, unknown>;
const check = async (key: string) =>
  (await db.sql`select code, license from private.check_license(${key}, 'HWID-12345678')`)[0]!;
const stored = async (id: string) =>
  (
    await db.sql`select status, mrr_cents, expires_at, suspended_at, suspended_reason from public.licenses
    where id = ${id}`
  )[0]!;
const mails = async (id: string) =>
  (await db.sql`select template from public.email_outbox where license_id = ${id} order by created_at, id`).map(
    ({ template }) => template as string,
  );

describe('suspend_license()', () => {
  it('stops the client at once, tells the customer if asked, and leaves an event with the reason', async () => {
    const { id, license_key } = await createLicense(db.sql);
    expect(await act('suspend', id, { mail: true })).toMatchObject({ status: 'suspended' });
    expect(await check(license_key)).toMatchObject({ code: 'SUSPENDED', license: { status: 'suspended' } });
    expect(await mails(id)).toEqual(['license_suspended']);
    expect((await eventsOf(db.sql, id)).at(-1)).toMatchObject({
      event_type: 'license_suspended',
      actor: support.email,
      event_data: { reason: 'Litige', email_sent: true, after: { status: 'suspended', suspended_reason: 'Litige' } },
    });
  });

  it('is refused to who may read only, without a reason, twice, and once revoked', async () => {
    const { id } = await createLicense(db.sql);
    await expect(act('suspend', id, { by: viewer })).rejects.toMatchObject({ code: '42501' });
    await expect(act('suspend', id, { reason: ' ' })).rejects.toMatchObject({ hint: 'reason_required' });
    await expect(act('suspend', randomUUID())).rejects.toMatchObject({ hint: 'license_not_found' });
    expect(await stored(id)).toMatchObject({ status: 'active', suspended_at: null });
    await act('suspend', id);
    await expect(act('suspend', id)).rejects.toMatchObject({ code: 'PT409', hint: 'license_suspended' });
    await db.sql`select public.revoke_license(${id}, 'fraude')`;
    await expect(act('suspend', id)).rejects.toMatchObject({ hint: 'license_revoked' });
    await expect(act('reinstate', id)).rejects.toMatchObject({ hint: 'license_revoked' });
    expect(await stored(id)).toMatchObject({ status: 'revoked', suspended_at: null, suspended_reason: null });
  });

  it('proves nothing to a machine without network: license.key is refused', async () => {
    const { id } = await createLicense(db.sql);
    await act('suspend', id);
    await expect(db.sql`select private.license_file_contents(${id})`).rejects.toMatchObject({
      hint: 'license_suspended',
    });
  });
});

describe('reinstate_license()', () => {
  it('brings back what the dates say: the suspended time is not given back', async () => {
    const { id, license_key } = await createLicense(db.sql);
    const before = await stored(id);
    await act('suspend', id);
    expect(await act('reinstate', id, { mail: true })).toMatchObject({ status: 'active' });
    expect(await stored(id)).toEqual(before);
    expect(await check(license_key)).toMatchObject({ code: 'VALID' });
    expect(await mails(id)).toEqual(['license_reinstated']);
    await act('suspend', id);
    await age(db.sql, id, 32);
    expect(await check(license_key)).toMatchObject({ code: 'SUSPENDED' });
    expect(await act('reinstate', id)).toMatchObject({ status: 'grace_period' });
  });

  it('is refused for a licence that is not suspended', async () => {
    const { id } = await createLicense(db.sql);
    await expect(act('reinstate', id)).rejects.toMatchObject({ code: 'PT409', hint: 'license_not_suspended' });
    await expect(act('reinstate', id, { by: viewer })).rejects.toMatchObject({ code: '42501' });
  });

  it('of two at once one does it', async () => {
    const { id } = await createLicense(db.sql);
    await act('suspend', id);
    const results = await Promise.allSettled([act('reinstate', id), act('reinstate', id)]);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });
});

it('in bulk those it cannot apply to are reported, the others done', async () => {
  const [one, two] = [await createLicense(db.sql), await createLicense(db.sql)];
  await act('suspend', two.id);
  const bulk = async (verb: string) =>
    (
      await db.as(support, (sql) => sql.unsafe(`select public.${verb}_licenses($1, 'Litige') as r`, [[one.id, two.id]]))
    )[0]!.r;
  expect(await bulk('suspend')).toEqual({ done: 1, errors: [{ license_id: two.id, reason: 'license_suspended' }] });
  expect(await bulk('reinstate')).toEqual({ done: 2, errors: [] });
});

it('is no departure: revenue by hand goes on until the licence has run out, which cron notices', async () => {
  const { id } = await createLicense(db.sql);
  await db.sql`update public.licenses set payment_method = 'bank_transfer' where id = ${id}`;
  const { mrr_cents } = await stored(id);
  expect(mrr_cents).toBeGreaterThan(0);
  await act('suspend', id);
  expect(await stored(id)).toMatchObject({ status: 'suspended', mrr_cents });
  await db.sql`alter table public.licenses disable trigger licenses_before_derive`;
  await db.sql`update public.licenses set issued_at = now() - interval '90 days', grace_until = now(),
    expires_at = now() - interval '1 day' where id = ${id}`;
  await db.sql`alter table public.licenses enable trigger licenses_before_derive`;
  await db.sql`update public.plans set grace_days = 0 where code = 'premium'`;
  await db.sql`select private.refresh_license_status()`;
  expect(await stored(id)).toMatchObject({ status: 'suspended', mrr_cents: 0 });
  await db.sql`update public.plans set grace_days = 7 where code = 'premium'`;
});

it('a payment of its subscription extends it and does not lift it', async () => {
  const { id } = await createLicense(db.sql, { email: 'suspendue@example.com' });
  const { bought } = await mirrored(db.sql, { email: 'suspendue@example.com', licenseId: id });
  await act('suspend', id);
  await applyFetched(db.sql, [{ object: invoice(bought), as_of: start }]);
  expect(await stored(id)).toMatchObject({ status: 'suspended' });
});

it('is a state of its own in lists of licences and of customers', async () => {
  const email = `${randomUUID()}@suspendue.example`;
  const { id } = await createLicense(db.sql, { email });
  await act('suspend', id);
  const licenses = async (status: string) =>
    (
      await db.as(viewer, (sql) => sql`select public.search_licenses(query => ${email}, statuses => ${[status]}) as r`)
    )[0]!.r.total;
  const customers = async (segment: string) =>
    (
      await db.as(viewer, (sql) => sql`select public.search_customers(query => ${email}, segment => ${segment}) as r`)
    )[0]!.r;
  for (const state of ['active', 'grace_period', 'expired', 'revoked'])
    expect([await licenses(state), (await customers(state)).total], state).toEqual([0, 0]);
  expect(await licenses('suspended')).toBe(1);
  expect(await customers('suspended')).toMatchObject({ total: 1, rows: [{ state: 'suspended', active_licenses: 0 }] });
  await createLicense(db.sql, { email });
  expect((await customers('suspended')).total).toBe(0);
  expect((await customers('active')).total).toBe(1);
});

it('a customer whose licence is suspended and not over is not forgotten', async () => {
  const { id, customer_id } = await createLicense(db.sql);
  await act('suspend', id);
  await expect(db.sql`select public.forget_customer(${customer_id as string}, 'x')`).rejects.toMatchObject({
    hint: 'customer_in_use',
  });
});
