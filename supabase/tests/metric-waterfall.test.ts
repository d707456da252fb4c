import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, type Persona, type TestDatabase } from './database.ts';
import { figures, makePayer, type Step } from './figures.ts';

let db: TestDatabase;
let viewer: Persona;
let ask: ReturnType<typeof figures>;
beforeAll(async () => {
  db = await createTestDatabase();
  viewer = await db.addStaff('viewer');
  ask = figures(db, () => viewer);
});
afterAll(() => db.drop());

const plans = ['starter', 'premium', 'enterprise'];
const period = ['2025-05-15', '2026-08-15'] as const;
const wholeMonths = ['2025-05-01', '2026-08-15'] as const;
const zooms = ['day', 'week', 'month', 'quarter', 'year'];

const step = fc.record({
  who: fc.integer({ min: 0, max: 2 }),
  license: fc.constantFrom(1 as const, 2 as const),
  plan: fc.constantFrom(...plans),
  cents: fc.constantFrom(0, 1900, 2900, 9900),
  hour: fc.integer({ min: 0, max: 24 * 400 }),
});

const closingOf = (one: Step) =>
  one.opening_cents +
  one.new_cents +
  one.expansion_cents +
  one.reactivation_cents +
  one.contraction_cents +
  one.churn_cents;

/** Every zoom adds up; what was seen, to be compared. */
async function look(total: number): Promise<unknown[]> {
  const seen: unknown[] = [];
  for (const zoom of zooms) {
    const steps = await ask.waterfall(...period, zoom);
    for (const [index, one] of steps.entries()) {
      expect(closingOf(one), `${zoom} ${one.day}`).toBe(one.closing_cents);
      if (index > 0) expect(one.opening_cents).toBe(steps[index - 1]!.closing_cents);
    }
    expect(steps.at(-1)!.closing_cents).toBe(total);
    const parts = await Promise.all(plans.map((plan) => ask.waterfall(...period, zoom, { plan })));
    for (const [index, one] of steps.entries())
      expect(parts.reduce((sum, part) => sum + part[index]!.closing_cents, 0)).toBe(one.closing_cents);
    const [paying, came, back, gone] = await Promise.all(
      ['paying_customers', 'customers_new', 'customers_reactivated', 'customers_churned'].map((name) =>
        ask.metric(name, ...period, zoom),
      ),
    );
    let held = 0;
    for (const [index, { day, value }] of paying!.buckets.entries()) {
      held += Number(came!.buckets[index]!.value) + Number(back!.buckets[index]!.value);
      held -= Number(gone!.buckets[index]!.value);
      expect(value, `${zoom} ${day}`).toBe(held);
    }
    seen.push(steps, parts, paying!.buckets, (await ask.metric('customer_churn_rate', ...wholeMonths, zoom)).buckets);
  }
  return seen;
}

it('adds up in every zoom, before and after it is rolled up, whatever became known in which order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 14 }), fc.boolean(), async (steps, isLate) => {
      await db.sql`delete from public.mrr_movements`;
      const people = [await makePayer(db), await makePayer(db), await makePayer(db)];
      const held = new Map<string, number>();
      const changes = steps
        .sort((one, other) => one.hour - other.hour)
        .map(({ who, license, plan, cents, hour }) => {
          const delta = cents - (held.get(`${who}-${license}`) ?? 0);
          held.set(`${who}-${license}`, cents);
          const at = new Date(Date.UTC(2025, 5, 1) + hour * 3_600_000).toISOString();
          return () => people[who]!.pays(license, delta, at, { plan });
        });
      // The first is learnt last, after the days are rolled up.
      const late = isLate ? changes.shift() : undefined;
      for (const change of changes) await change();
      await db.sql`select private.keep_figures()`;
      await late?.();
      const total = [...held.values()].reduce((sum, cents) => sum + cents, 0);
      const live = await look(total);
      await db.sql`select private.keep_figures()`;
      expect(await look(total)).toEqual(live);
      expect((await db.sql`select private.check_figures() as same`)[0]!['same']).toBe(true);
    }),
    { numRuns: Number(process.env.METRIC_HISTORIES ?? 2) },
  );
});

it('is made anew, with an alert, when what is rolled up differs from the ledger', async () => {
  await db.sql`delete from public.mrr_movements`;
  const payer = await makePayer(db);
  await payer.pays(1, 2900, '2026-01-10T10:00:00Z');
  await db.sql`select private.keep_figures()`;
  await db.sql`update private.movement_days set amount_cents = amount_cents + 1`;
  expect((await db.sql`select private.check_figures() as same`)[0]!['same']).toBe(false);
  expect([...(await db.sql`select data from public.alerts where kind = 'metrics_differ'`)]).toEqual([
    { data: { day: '2026-01-10' } },
  ]);
  expect((await ask.waterfall('2026-01-01', '2026-01-31'))[0]!.closing_cents).toBe(2900);
  expect((await db.sql`select private.check_figures() as same`)[0]!['same']).toBe(true);
});
