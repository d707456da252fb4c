import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  age,
  createLicense,
  createTestDatabase,
  type CreatedLicense,
  type Persona,
  type TestDatabase,
} from './database.ts';

let db: TestDatabase;
let viewer: Persona;
let anna: CreatedLicense;
let bruno: CreatedLicense;
let chloe: CreatedLicense;
beforeAll(async () => {
  db = await createTestDatabase();
  viewer = await db.addStaff('viewer');
  anna = await createLicense(db.sql, { email: 'anna@exemple.fr', hwid: 'HWID-ANNA-1', plan: 'starter' });
  bruno = await createLicense(db.sql, { email: 'bruno_100%@exemple.fr', hwid: 'HWID-BRUNO', plan: 'premium' });
  chloe = await createLicense(db.sql, { email: 'chloe@exemple.fr', hwid: 'HWID-CHLOE', plan: 'enterprise' });
  await db.sql`update public.customers set name = 'Anna Müller' where email = 'anna@exemple.fr'`;
  await db.sql`update public.customers set company = 'Patisserie d’Été' where id = ${bruno.customer_id as string}`;
  await db.sql`update public.licenses set payment_method = 'stripe'`;
  await age(db.sql, bruno.id, 33);
  await db.sql.begin(async (sql) => {
    await sql`select private.set_audit_context('audited_in_bulk')`;
    await sql`update public.licenses set stripe_subscription_id = 'sub_anna', auto_renew = true where id = ${anna.id}`;
  });
  await db.sql`select public.revoke_license(${chloe.id}, 'x')`;
});
afterAll(() => db.drop());

const search = async (args: Record<string, unknown> = {}) => {
  const [row] = await db.as(
    viewer,
    (sql) => sql`select public.search_licenses(query => ${(args.query as string) ?? null},
      statuses => ${(args.statuses as string[]) ?? null},
      plans => ${(args.plans as string[]) ?? null}, expiring_within_days => ${(args.within as number) ?? null},
      auto_renew => ${(args.autoRenew as boolean) ?? null}, sort => ${(args.sort as string) ?? 'email'},
      descending => ${(args.descending as boolean) ?? false}, page => ${(args.page as number) ?? 1},
      page_size => ${(args.size as number) ?? 25}) as found`,
  );
  return row!.found as { total: number; rows: Array<{ email: string; status: string; mrr_cents: number }> };
};
const names = async (args: Record<string, unknown>) =>
  (await search(args)).rows.map(({ email }) => email.split(/[@_]/)[0]);

describe('search_licenses()', () => {
  it.each([
    ['part of an e-mail', () => 'RUNO', ['bruno']],
    ['a wildcard, literally', () => '100%', ['bruno']],
    ['an underscore, literally', () => 'o_1', ['bruno']],
    ['the beginning when short', () => 'an', ['anna']],
    ['a customer name', () => 'müller', ['anna']],
    ['a customer name without its accents', () => 'Anna MULLER', ['anna']],
    ['a company', () => 'pâtisserie d’', ['bruno']],
    ['not the beginning of a name when short', () => 'mü', []],
    ['a whole key, as typed', () => anna.license_key.toLowerCase().replaceAll('-', ' '), ['anna']],
    ['the last group of a key', () => String(chloe.license_key_hint).toLowerCase(), ['chloe']],
    ['a whole hardware identifier', () => 'HWID-BRUNO', ['bruno']],
    ['part of a hardware identifier', () => 'HWID-BRU', []],
    ['what is not there', () => "'; drop table licenses; --", []],
  ])('finds by %s', async (_name, query, expected) => {
    expect(await names({ query: query() })).toEqual(expected);
  });

  it('computes state and revenue now', async () => {
    const { rows } = await search();
    expect(rows.map(({ status, mrr_cents }) => [status, mrr_cents])).toEqual([
      // A subscription we know nothing of weighs nothing.
      ['active', 0],
      ['grace_period', 2900],
      ['revoked', 0],
    ]);
  });

  it.each([
    [{ statuses: ['active'] }, ['anna']],
    [{ statuses: ['grace_period', 'revoked'] }, ['bruno', 'chloe']],
    [{ statuses: ['expired'] }, []],
    [{ statuses: [] }, ['anna', 'bruno', 'chloe']],
    [{ plans: ['starter', 'enterprise'] }, ['anna', 'chloe']],
    [{ within: 31 }, ['anna']],
    [{ within: 3 }, []],
    [{ autoRenew: true }, ['anna']],
    [{ query: 'exemple', plans: ['starter'], statuses: ['active'], autoRenew: true }, ['anna']],
  ])('filters by %j', async (filters, expected) => {
    expect(await names(filters)).toEqual(expected);
  });

  it.each(['email', 'plan', 'status', 'expires_at', 'mrr_cents', 'last_check_in', 'created_at'])(
    'sorts by %s both ways and pages without loss',
    async (sort) => {
      const pages = [];
      for (const page of [1, 2, 3]) pages.push(...(await names({ sort, page, size: 1 })));
      expect(pages.sort()).toEqual(['anna', 'bruno', 'chloe']);
      if (sort !== 'last_check_in')
        expect(await names({ sort, descending: true })).toEqual((await names({ sort })).reverse());
    },
  );

  it.each([
    [{ sort: 'id; drop table licenses' }],
    [{ page: 0 }],
    [{ size: 5001 }],
    [{ statuses: ['lost'] }],
    [{ query: 'x'.repeat(301) }],
  ])('refuses %j', async (args) => {
    await expect(search(args)).rejects.toMatchObject({ code: '22023', hint: 'invalid_argument' });
  });

  it('answers nobody without the permission', async () => {
    const half = await db.addStaff('admin', { aal: 'aal1' });
    await expect(db.as(half, (sql) => sql`select public.search_licenses()`)).rejects.toMatchObject({ code: '42501' });
    await expect(db.asAnon((sql) => sql`select public.search_licenses()`)).rejects.toMatchObject({ code: '42501' });
  });
});

it('find_anything() serves the palette: e-mail, name, key, hardware; nothing for one letter', async () => {
  const find = async (query: string | null) =>
    (await db.as(viewer, (sql) => sql`select public.find_anything(${query}) as found`))[0]!.found;
  expect(await find('anna')).toMatchObject({
    licenses: [{ id: anna.id, status: 'active' }],
    customers: [{ email: 'anna@exemple.fr' }],
  });
  expect((await find(bruno.license_key)).licenses).toHaveLength(1);
  expect((await find('HWID-CHLOE')).licenses).toMatchObject([{ id: chloe.id }]);
  for (const nothing of ['a', '', null])
    expect(await find(nothing)).toEqual({ licenses: [], customers: [], tickets: [] });
});

it('the palette shows the newest eight of a common needle, and the one old match of a rare needle', async () => {
  await db.sql`
    insert into public.customers (email, name, created_at)
    select 'foule' || n || '@exemple.fr', case n when 1500 then 'Zébulon Rare' end, now() - n * interval '1 minute'
    from generate_series(1, 1500) as n`;
  const find = async (query: string) =>
    (await db.as(viewer, (sql) => sql`select public.find_anything(${query}) as found`))[0]!.found.customers;
  expect((await find('foule')).map(({ email }: { email: string }) => email)).toEqual(
    [1, 2, 3, 4, 5, 6, 7, 8].map((n) => `foule${n}@exemple.fr`),
  );
  expect(await find('zebulon')).toMatchObject([{ email: 'foule1500@exemple.fr' }]);
  await db.sql`update public.customers set email = 'neuf@exemple.fr' where email = 'foule1499@exemple.fr'`;
  expect(await find('foule1499')).toMatchObject([{ email: 'neuf@exemple.fr' }]);
});

it('list_license_events() pages backwards; search_events() is for administrators', async () => {
  const admin = await db.addStaff('admin');
  const list = async (before: number | null) =>
    (await db.as(viewer, (sql) => sql`select public.list_license_events(${chloe.id}, ${before}, 1) as page`))[0]!.page;
  const newest = await list(null);
  expect(newest).toMatchObject({ has_more: true, rows: [{ event_type: 'license_revoked' }] });
  await expect(db.as(viewer, (sql) => sql`select public.search_events()`)).rejects.toMatchObject({ code: '42501' });
  const events = async (args: { query?: string; types?: string[]; kind?: string }) =>
    (
      await db.as(
        admin,
        (sql) =>
          sql`select public.search_events(query => ${args.query ?? null}, event_types => ${args.types ?? null},
            actor_kind => ${args.kind ?? null}) as found`,
      )
    )[0]!.found;
  expect(await events({ types: ['license_revoked'] })).toMatchObject({
    total: 1,
    rows: [{ customer_email: 'chloe@exemple.fr', hash: expect.stringMatching(/^[0-9a-f]{64}$/) }],
  });
  expect((await events({ query: 'anna@' })).total).toBeGreaterThan(0);
  expect((await events({ query: '100%' })).total).toBeGreaterThan(0);
  expect((await events({ query: 'nothing like it' })).total).toBe(0);
  const [system, staff, all] = await Promise.all([events({ kind: 'system' }), events({ kind: 'staff' }), events({})]);
  expect(system.rows.every(({ actor_kind }: { actor_kind: string }) => actor_kind === 'system')).toBe(true);
  expect([system.total > 0, system.total + staff.total]).toEqual([true, all.total]);
  await expect(events({ kind: 'robot' })).rejects.toMatchObject({ hint: 'invalid_argument' });
});
