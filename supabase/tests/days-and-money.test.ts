import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatMoney } from '../../edge-functions/_shared/money.ts';
import { createTestDatabase, type Persona, type TestDatabase } from './database.ts';
import { runImport, good, newFile } from './imports.ts';
import { applyFetched, charge, mirrored, start } from './stripe.ts';

let db: TestDatabase;
let admin: Persona;
beforeAll(async () => {
  db = await createTestDatabase();
  admin = await db.addStaff('admin');
});
afterAll(() => db.drop());

describe('an amount', () => {
  it.each([
    [2900, 'EUR', '29.00 EUR'],
    [3000, 'JPY', '3000 JPY'],
    [12_345, 'KWD', '12.345 KWD'],
    [-5, 'KWD', '-0.005 KWD'],
    [-7, 'EUR', '-0.07 EUR'],
  ])('of %i in %s is "%s"', async (amount, currency, text) => {
    const [row] = await db.sql`select private.money_text(${amount}, ${currency}) as text`;
    expect(row).toEqual({ text });
  });

  it.each(['EUR', 'USD', 'JPY', 'KRW', 'KWD', 'TND', 'XOF'])(
    'in %s has the same decimals in a mail',
    async (currency) => {
      const [row] = await db.sql<[{ decimals: number }]>`select private.currency_decimals(${currency}) as decimals`;
      const digits =
        formatMoney('en', 123_456, currency)
          .replace(/[^\d.]/g, '')
          .split('.')[1] ?? '';
      expect(digits.length).toBe(row.decimals);
    },
  );

  it('in yen is never added to one in dinars', async () => {
    const { payer } = await mirrored(db.sql, { email: 'two.currencies@example.com' });
    await applyFetched(
      db.sql,
      [charge(payer.id, { amount: 3000, currency: 'jpy' }), charge(payer.id, { amount: 12_345, currency: 'kwd' })].map(
        (object) => ({ object, as_of: start }),
      ),
    );
    const [row] = await db.as(admin, (sql) => sql`select public.search_payments(query => 'two.currencies') as page`);
    const { total, totals } = row!['page'] as {
      total: number;
      totals: Array<{ currency: string; succeeded_cents: number }>;
    };
    expect(total).toBe(2);
    expect(totals.map(({ currency, succeeded_cents }) => [currency, succeeded_cents])).toEqual([
      ['JPY', 3000],
      ['KWD', 12_345],
    ]);
  });
});

describe('a fourth plan is a row', () => {
  it('in yen: sold, filtered, and weighed in its own currency', async () => {
    await db.sql`insert into public.plans (code, name, monthly_price_cents, currency, grace_days, position)
      values ('studio', 'Studio', 3000, 'JPY', 5, 4)`;
    const [made] = await db.as(
      admin,
      (sql) => sql`select public.create_license('studio@example.com', 'HWID-STUDIO', 'studio',
        payment_method => 'bank_transfer', send_email => false) as license`,
    );
    expect(made!['license']).toMatchObject({ plan: 'studio', mrr_cents: 3000, currency: 'JPY' });
    const [found] = await db.as(admin, (sql) => sql`select public.search_licenses(plans => '{studio}') as page`);
    expect(found!['page']).toMatchObject({ total: 1 });
    const [movement] = await db.sql`select kind, amount_cents, currency from public.mrr_movements
      where license_id = ${(made!['license'] as { id: string }).id}`;
    expect(movement).toEqual({ kind: 'new', amount_cents: 3000, currency: 'JPY' });
    const imported = await runImport(db, admin, [good(2, { plan: 'studio' })], newFile());
    expect(imported).toMatchObject({ created: 1, errors: [] });
  });
});

describe('a day', () => {
  it.each([
    ['2026-07-31', '2026-07-31T21:59:59.000Z'],
    ['31/12/2026', '2026-12-31T22:59:59.000Z'],
    ['2026-10-25', '2026-10-25T22:59:59.000Z'],
  ])('%s in a file ends where the business is: %s', async (day, instant) => {
    const [row] = await db.sql<[{ at: Date }]>`select private.try_timestamptz(${day}) as at`;
    expect(row.at.toISOString()).toBe(instant);
  });

  it.each(['2026-01-01T00:00+99:99', '2026-13-01', '32/01/2026'])('%s is no moment, and no error', async (value) => {
    expect((await db.sql`select private.try_timestamptz(${value}) as at`)[0]).toEqual({ at: null });
  });

  it('moves with the setting, which must name a zone', async () => {
    const set = (zone: string) =>
      db.as(admin, (sql) => sql`update public.settings set value = ${sql.json(zone)} where key = 'business_time_zone'`);
    await expect(set('Europe/Atlantis')).rejects.toMatchObject({ hint: 'invalid_setting' });
    await expect(
      db.sql`insert into public.settings (key, value, kind, description) 
        values ('other_zone', '"Mars/Olympus"', 'time_zone', 'x')`,
    ).rejects.toMatchObject({ hint: 'invalid_setting' });
    for (const zone of ['Factory', 'EST', 'posixrules', 'europe/paris'])
      await expect(set(zone)).rejects.toMatchObject({ hint: 'invalid_setting' });
    await set('UTC');
    await set('America/Montreal');
    const [row] = await db.sql<[{ at: Date }]>`select private.end_of_day('2026-07-31') as at`;
    expect(row.at.toISOString()).toBe('2026-08-01T03:59:59.000Z');
    await set('Europe/Paris');
  });

  it.each([
    ['infinity', '2026-11-01'],
    ['-infinity', '2026-11-01'],
    ['5874897-01-01', '5874897-12-31'],
    ['2026-11-02', '2026-11-01'],
  ])('%s to %s is no span of days', async (from, to) => {
    await expect(
      db.as(admin, (sql) => sql`select public.daily_payments(${from}::text::date, ${to}::text::date)`),
    ).rejects.toMatchObject({ hint: 'invalid_argument' });
  });

  it('support reads the zone and not the limits of the checks', async () => {
    const support = await db.addStaff('support');
    const keys = (await db.as(support, (sql) => sql`select key from public.settings`)).map((row) => row['key']);
    expect(keys).toContain('business_time_zone');
    expect(keys).not.toContain('license_check_per_minute');
  });
});
