import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type Persona, type TestDatabase } from './database.ts';

let db: TestDatabase;
let viewer: Persona;
beforeAll(async () => {
  db = await createTestDatabase();
  viewer = await db.addStaff('viewer');
});
afterAll(() => db.drop());

interface Bucket {
  day: string;
  opening_cents: number;
  new_cents: number;
  expansion_cents: number;
  reactivation_cents: number;
  contraction_cents: number;
  churn_cents: number;
  closing_cents: number;
}
interface Metric {
  buckets: Array<{ day: string; value: number | null; partial: boolean }>;
  total: number | null;
  before: number | null;
}

const ask = async <T>(text: string, ...values: unknown[]): Promise<T> =>
  db.as(viewer, async (sql) => (await sql.unsafe(`select ${text} as answer`, values as never[]))[0]!['answer'] as T);
const waterfall = (from: string, to: string, granularity: string, filters = {}) =>
  ask<Bucket[]>(
    `public.get_mrr_waterfall($1, $2, $3, $4::text::jsonb)`,
    from,
    to,
    granularity,
    JSON.stringify(filters),
  );
const metric = (name: string, from: string, to: string, granularity = 'day', filters = {}) =>
  ask<Metric>(
    `public.get_metric($1, $2, $3, $4, $5::text::jsonb)`,
    name,
    from,
    to,
    granularity,
    JSON.stringify(filters),
  );

async function customer(): Promise<{
  id: string;
  pays: (license: 1 | 2, delta: number, at: string, plan?: string) => Promise<void>;
}> {
  const [row] = await db.sql`insert into public.customers (email) values (${`m${crypto.randomUUID()}@example.com`})
    returning id`;
  const licenses = [crypto.randomUUID(), crypto.randomUUID()];
  for (const [index, id] of licenses.entries()) {
    const [made] = await db.sql`select (public.create_license(${`m${id}@example.com`}, ${`HWID-${id}`}, 'starter',
      payment_method => 'manual', send_email => false) ->> 'id')::uuid as id`;
    licenses[index] = made!['id'] as string;
  }
  return {
    id: row!['id'] as string,
    pays: async (license, delta, at, plan = 'starter') => {
      await db.sql`select private.record_mrr_change(${row!['id'] as string}, ${licenses[license - 1]!}, null,
        ${delta}::bigint, 'EUR', ${at}::timestamptz, null, ${plan}, 'month', 1)`;
    },
  };
}
const clear = () => db.sql`delete from public.mrr_movements`;
const roll = () => db.sql`select private.keep_figures()`;

const sums = (bucket: Bucket) =>
  bucket.opening_cents +
  bucket.new_cents +
  bucket.expansion_cents +
  bucket.reactivation_cents +
  bucket.contraction_cents +
  bucket.churn_cents;

describe('the waterfall', () => {
  it('adds up in every zoom, before and after it is rolled up, whatever happened in which order', async () => {
    const step = fc.record({
      who: fc.integer({ min: 0, max: 2 }),
      license: fc.constantFrom(1 as const, 2 as const),
      plan: fc.constantFrom('starter', 'premium', 'enterprise'),
      cents: fc.constantFrom(0, 1900, 2900, 9900),
      hour: fc.integer({ min: 0, max: 24 * 400 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 14 }), fc.boolean(), async (steps, late) => {
        await clear();
        const people = [await customer(), await customer(), await customer()];
        const held = new Map<string, number>();
        const sorted = [...steps].sort((one, other) => one.hour - other.hour);
        const changes = sorted.map(({ who, license, plan, cents, hour }) => {
          const key = `${who}-${license}`;
          const delta = cents - (held.get(key) ?? 0);
          held.set(key, cents);
          return { who, license, plan, delta, at: new Date(Date.UTC(2025, 5, 1) + hour * 3_600_000).toISOString() };
        });
        // What is learnt late comes after the roll-up.
        const [first, second] = late ? [changes.slice(1), changes.slice(0, 1)] : [changes, []];
        for (const change of first)
          if (change.delta) await people[change.who]!.pays(change.license, change.delta, change.at, change.plan);
        await roll();
        for (const change of second)
          if (change.delta) await people[change.who]!.pays(change.license, change.delta, change.at, change.plan);
        const total = [...held.values()].reduce((sum, cents) => sum + cents, 0);
        const look = async () => {
          const seen: unknown[] = [];
          for (const granularity of ['day', 'week', 'month', 'quarter', 'year']) {
            const buckets = await waterfall('2025-05-15', '2026-08-15', granularity);
            for (const [index, bucket] of buckets.entries()) {
              expect(sums(bucket), `${granularity} ${bucket.day}`).toBe(bucket.closing_cents);
              if (index > 0) expect(bucket.opening_cents).toBe(buckets[index - 1]!.closing_cents);
            }
            expect(buckets.at(-1)!.closing_cents).toBe(total);
            seen.push(buckets);
            const parts = await Promise.all(
              ['starter', 'premium', 'enterprise'].map((plan) =>
                waterfall('2025-05-15', '2026-08-15', granularity, { plan }),
              ),
            );
            for (const [index, bucket] of buckets.entries())
              expect(parts.reduce((sum, part) => sum + part[index]!.closing_cents, 0)).toBe(bucket.closing_cents);
            const counts = await Promise.all(
              ['paying_customers', 'customers_new', 'customers_reactivated', 'customers_churned'].map((name) =>
                metric(name, '2025-05-15', '2026-08-15', granularity),
              ),
            );
            let paying = 0;
            for (const [index, { value }] of counts[0]!.buckets.entries()) {
              paying +=
                Number(counts[1]!.buckets[index]!.value) +
                Number(counts[2]!.buckets[index]!.value) -
                Number(counts[3]!.buckets[index]!.value);
              expect(value, `${granularity} ${index}`).toBe(paying);
            }
            seen.push(counts.map(({ buckets: of }) => of));
          }
          return seen;
        };
        const live = await look();
        await roll();
        expect(await look()).toEqual(live);
        await db.sql`select private.rebuild_figures()`;
        expect(await look()).toEqual(live);
        expect((await db.sql`select private.check_figures() as same`)[0]!['same']).toBe(true);
      }),
      { numRuns: Number(process.env.METRIC_HISTORIES ?? 2) },
    );
  });
});
