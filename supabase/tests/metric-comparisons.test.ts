import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type Persona, type TestDatabase } from './database.ts';
import { makePayer } from './figures.ts';
import { mirrored } from './stripe.ts';

let db: TestDatabase;
let viewer: Persona;
beforeAll(async () => {
  db = await createTestDatabase();
  viewer = await db.addStaff('viewer');
});
afterAll(() => db.drop());
beforeEach(() => db.sql`delete from public.mrr_movements`);

const ask = async <T>(text: string, ...values: unknown[]): Promise<T> =>
  db.as(
    viewer,
    async (sql) => (await sql.unsafe(`select public.${text} as answer`, values as never[]))[0]!['answer'] as T,
  );
/** Noon of a day in the month so many months ago. */
const ago = async (months: number, day = 10) => {
  const [row] = await db.sql`select to_char(date_trunc('month', private.business_day(now())::timestamp)
    - make_interval(months => ${months}) + make_interval(days => ${day - 1}), 'YYYY-MM-DD') as day`;
  return `${row!['day'] as string}T12:00:00Z`;
};

describe('cohorts', () => {
  it('keep who stays, and who returns keeps theirs', async () => {
    const [stays, leaves, returns] = [await makePayer(db), await makePayer(db), await makePayer(db)];
    for (const payer of [stays, leaves, returns]) await payer.pays(1, 1000, await ago(3));
    await stays.pays(1, 500, await ago(2));
    await leaves.pays(1, -1000, await ago(2));
    await returns.pays(1, -1000, await ago(2));
    await returns.pays(1, 1000, await ago(1));
    await (await makePayer(db)).pays(2, 700, await ago(1));
    const first = (await ago(3)).slice(0, 8);
    const second = (await ago(1)).slice(0, 8);
    expect(await ask('get_cohorts($1)', 4)).toEqual([
      { month: `${first}01`, customers: 3, kept: [3, 1, 2, 2], mrr_cents: [3000, 1500, 2500, 2500] },
      { month: `${second}01`, customers: 1, kept: [1, 1], mrr_cents: [700, 700] },
    ]);
    expect(await ask('get_cohorts(1)')).toEqual([]);
  });
});

describe('plans', () => {
  it('are told by who pays for them and how often, with the moves between them', async () => {
    const [monthly, yearly] = [await makePayer(db), await makePayer(db)];
    await monthly.pays(1, 1900, '2026-02-01T12:00:00Z');
    await monthly.pays(1, 1000, '2026-03-10T12:00:00Z', { plan: 'premium' });
    await yearly.pays(1, 8250, '2026-02-01T12:00:00Z', { plan: 'enterprise', interval: 'year' });
    const told = await ask<{ plans: object[]; moves: object[] }>(`get_plan_figures('2026-03-01', '2026-03-31')`);
    expect(told.moves).toEqual([{ from_plan: 'starter', to_plan: 'premium', customers: 1 }]);
    expect(told.plans).toMatchObject([
      { plan: 'starter', customers: 0, mrr_cents: 0, terms: [] },
      { plan: 'premium', customers: 1, mrr_cents: 2900, terms: [{ term: 'month', mrr_cents: 2900 }] },
      { plan: 'enterprise', customers: 1, mrr_cents: 8250, terms: [{ term: 'year', mrr_cents: 8250 }] },
    ]);
  });
});

describe('the product', () => {
  it('is adopted by those that used a feature, of those that reported at all', async () => {
    const [one, other, silent] = [await makePayer(db), await makePayer(db), await makePayer(db)];
    for (const { licenses } of [one, other])
      await db.sql`insert into public.usage_stats (license_id, date, messages_sent)
        values (${licenses[0]!}, private.business_day(now()) - 2, 5)`;
    await db.sql`insert into public.feature_usage (license_id, date, feature, uses)
      values (${one.licenses[0]!}, private.business_day(now()), 'catalogue', 3),
        (${silent.licenses[0]!}, private.business_day(now()) - 60, 'catalogue', 3)`;
    expect(await ask('get_product_figures()')).toMatchObject({
      reported: 2,
      features: [{ feature: 'catalogue', licenses: 1, adoption: 0.5 }],
    });
  });
});

describe('the forecast', () => {
  it('is what falls due, without what ends by itself', async () => {
    await mirrored(db.sql, { paid: true });
    await mirrored(db.sql, { paid: true, cancel_at_period_end: true });
    await db.sql`update public.subscriptions set current_period_end = now() + interval '40 days'`;
    const { months } = await ask<{ months: Array<{ due_cents: number; renewals: number }> }>(
      'get_renewal_forecast(12)',
    );
    expect(months).toHaveLength(12);
    expect(months.reduce((sum, month) => sum + month.due_cents, 0)).toBe(
      2900 * months.reduce((sum, month) => sum + month.renewals, 0),
    );
    expect(Math.max(...months.map(({ renewals }) => renewals))).toBe(1);
  });
});
