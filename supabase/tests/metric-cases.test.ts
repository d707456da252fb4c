import { metricRowKinds, metrics, metricUnits } from '../contracts/constants/metrics.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type Persona, type TestDatabase } from './database.ts';
import { changePayment, figures, makePayer } from './figures.ts';

let db: TestDatabase;
let viewer: Persona;
let ask: ReturnType<typeof figures>;
beforeAll(async () => {
  db = await createTestDatabase();
  viewer = await db.addStaff('viewer');
  ask = figures(db, () => viewer);
});
afterAll(() => db.drop());
beforeEach(async () => {
  await db.sql`delete from public.mrr_movements`;
  await db.sql`delete from public.cash_movements`;
  await db.sql`delete from private.license_dues`;
});

const value = async (name: string, from: string, to: string, filters = {}) =>
  (await ask.metric(name, from, to, 'month', filters)).total;
const values = async (name: string, from: string, to: string, zoom = 'month') =>
  (await ask.metric(name, from, to, zoom)).buckets.map((bucket) => bucket.value);

describe('recurring revenue', () => {
  it('of a change of plan rises by the difference, once, and each plan has its part', async () => {
    const payer = await makePayer(db);
    await payer.pays(1, 1900, '2026-02-01T10:00:00Z', { plan: 'starter' });
    await payer.pays(1, 1000, '2026-03-15T10:00:00Z', { plan: 'premium' });
    expect(await value('mrr_expansion', '2026-03-01', '2026-03-31')).toBe(1000);
    expect(await value('mrr', '2026-03-01', '2026-03-31', { plan: 'premium' })).toBe(2900);
    expect(await value('mrr', '2026-03-01', '2026-03-31', { plan: 'starter' })).toBe(0);
    const { rows, sum } = await ask.rows('mrr_expansion', '2026-03-01', '2026-03-31');
    expect({ rows, sum }).toMatchObject({
      sum: 1000,
      rows: [{ kind: 'expansion', amount_cents: 1000, plan: 'premium', customer: { id: payer.id } }],
    });
  });

  it('of two licences is one customer: the first that ends contracts, the second churns', async () => {
    const payer = await makePayer(db);
    await payer.pays(1, 1900, '2026-02-01T10:00:00Z');
    await payer.pays(2, 2900, '2026-02-01T10:30:00Z');
    await payer.pays(1, -1900, '2026-03-05T10:00:00Z');
    await payer.pays(2, -2900, '2026-04-05T10:00:00Z');
    const steps = await ask.waterfall('2026-02-01', '2026-04-30');
    expect(steps).toMatchObject([
      { day: '2026-02-01', new_cents: 4800, expansion_cents: 0, closing_cents: 4800 },
      { day: '2026-03-01', contraction_cents: -1900, closing_cents: 2900 },
      { day: '2026-04-01', churn_cents: -2900, closing_cents: 0 },
    ]);
    expect(await values('paying_customers', '2026-02-01', '2026-04-30')).toEqual([1, 1, 0]);
    expect(await values('customers_new', '2026-02-01', '2026-04-30')).toEqual([1, 0, 0]);
  });

  it('ends in the month of the business: half past midnight in Paris is the next day everywhere', async () => {
    const payer = await makePayer(db);
    await payer.pays(1, 2900, '2026-01-10T10:00:00Z');
    await payer.pays(1, -2900, '2026-03-31T22:30:00Z');
    expect(await values('mrr_churn', '2026-03-01', '2026-04-30')).toEqual([0, -2900]);
    expect(await values('customers_churned', '2026-03-01', '2026-04-30')).toEqual([0, 1]);
    expect(await values('customer_churn_rate', '2026-03-01', '2026-04-30')).toEqual([0, 1]);
    expect((await ask.rows('mrr_churn', '2026-04-01', '2026-04-01')).total).toBe(1);
    expect((await ask.rows('mrr_churn', '2026-03-01', '2026-03-31')).total).toBe(0);
  });

  it('has one bucket for each day of a change of clocks', async () => {
    const payer = await makePayer(db);
    // 23:30 on the short day, 00:30 on the day after; 25 hours later in October.
    await payer.pays(1, 1000, '2026-03-29T21:30:00Z');
    await payer.pays(1, 1000, '2026-03-29T22:30:00Z');
    await payer.pays(2, 500, '2026-10-25T22:30:00Z');
    expect(await values('mrr_net', '2026-03-28', '2026-03-30', 'day')).toEqual([0, 1000, 1000]);
    expect(await values('mrr_net', '2026-10-24', '2026-10-26', 'day')).toEqual([0, 500, 0]);
  });

  it('of nothing has no rates, and what is not over is said', async () => {
    for (const name of [
      'customer_churn_rate',
      'gross_mrr_churn_rate',
      'net_revenue_retention',
      'quick_ratio',
      'arpu',
      'lifetime_value',
      'renewal_rate',
    ])
      expect(await value(name, '2026-02-01', '2026-02-28'), name).toBeNull();
    const [today] = await db.sql`select private.business_day(now())::text as day`;
    const { buckets } = await ask.metric('mrr', '2026-02-01', today!['day'] as string);
    expect(buckets.map(({ partial }) => partial)).toEqual([...buckets.slice(1).map(() => false), true]);
  });

  it('leaves who joined or came back within a period out of its churn', async () => {
    const [stays, leaves, joins, returns] = [
      await makePayer(db),
      await makePayer(db),
      await makePayer(db),
      await makePayer(db),
    ];
    for (const payer of [stays, leaves, returns]) await payer.pays(1, 1000, '2026-01-10T10:00:00Z');
    await leaves.pays(1, -1000, '2026-02-10T10:00:00Z');
    await joins.pays(1, 1000, '2026-02-05T10:00:00Z');
    await joins.pays(1, -1000, '2026-02-20T10:00:00Z');
    await returns.pays(1, -1000, '2026-02-03T10:00:00Z');
    await returns.pays(1, 1000, '2026-02-25T10:00:00Z');
    expect(await value('customer_churn_rate', '2026-02-01', '2026-02-28')).toBeCloseTo(1 / 3, 12);
    expect(await value('customers_churned', '2026-02-01', '2026-02-28')).toBe(3);
    expect(await value('gross_mrr_churn_rate', '2026-02-01', '2026-02-28')).toBeCloseTo(3 / 3, 12);
    expect(await value('net_mrr_churn_rate', '2026-02-01', '2026-02-28')).toBeCloseTo(2 / 3, 12);
    expect(await value('gross_revenue_retention', '2026-02-01', '2026-02-28')).toBe(0);
  });

  it('predicts a lifetime from the mean churn of the six months before', async () => {
    const people = [];
    for (let count = 0; count < 10; count += 1) people.push(await makePayer(db));
    for (const payer of people) await payer.pays(1, 2000, '2025-08-10T10:00:00Z');
    // One of ten in September, one of nine in October: nobody since.
    await people[0]!.pays(1, -2000, '2025-09-10T10:00:00Z');
    await people[1]!.pays(1, -2000, '2025-10-10T10:00:00Z');
    const churn = (1 / 10 + 1 / 9) / 6;
    expect(await value('lifetime_value', '2026-03-01', '2026-03-31')).toBe(Math.round(2000 / churn));
    expect(await value('lifetime_value', '2026-06-01', '2026-06-30')).toBeNull();
    expect(await value('arpu', '2026-03-01', '2026-03-31')).toBe(2000);
    expect(await value('arr', '2026-03-01', '2026-03-31')).toBe(16_000 * 12);
  });

  it('never adds currencies: others are left out, and asked for by name', async () => {
    const payer = await makePayer(db);
    await payer.pays(1, 2900, '2026-02-01T10:00:00Z');
    await payer.pays(2, 3000, '2026-02-01T10:00:00Z', { currency: 'JPY' });
    expect(await value('mrr', '2026-02-01', '2026-02-28')).toBe(2900);
    expect(await ask.metric('mrr', '2026-02-01', '2026-02-28', 'month', { currency: 'JPY' })).toMatchObject({
      currency: 'JPY',
      total: 3000,
    });
  });

  it('of a past month changes with what is learnt late, and the change is listed', async () => {
    const payer = await makePayer(db);
    await payer.pays(1, 1900, '2026-02-10T10:00:00Z');
    await db.sql`select private.keep_figures()`;
    await db.sql`delete from public.metric_restatements`;
    expect(await value('mrr', '2026-02-01', '2026-02-28')).toBe(1900);
    await payer.pays(1, 1000, '2026-02-20T10:00:00Z');
    expect(await value('mrr', '2026-02-01', '2026-02-28')).toBe(2900);
    const listed = await db.sql`select day::text, why from public.metric_restatements where customer_id = ${payer.id}`;
    expect([...listed]).toContainEqual({ day: '2026-02-20', why: 'late' });
  });
});

describe('cash', () => {
  it('given back in March of what was paid in February changes March', async () => {
    const payer = await makePayer(db);
    const id = await payer.paid(2900, '2026-02-10T10:00:00Z', 'subscription_create');
    await changePayment(db, id, '2026-03-12T10:00:00Z', { amount_refunded: 2900 });
    expect(await values('cash_net', '2026-02-01', '2026-03-31')).toEqual([2900, -2900]);
    expect(await values('cash_new', '2026-02-01', '2026-03-31')).toEqual([2900, 0]);
    expect(await values('refunds', '2026-02-01', '2026-03-31')).toEqual([0, -2900]);
    await db.sql`select private.keep_figures()`;
    expect(await values('cash_net', '2026-02-01', '2026-03-31')).toEqual([2900, -2900]);
    expect((await ask.rows('refunds', '2026-03-01', '2026-03-31')).rows).toMatchObject([
      { kind: 'refund', amount_cents: -2900, payment_id: id },
    ]);
  });

  it('is told apart by cause, and a lost dispute from a refund', async () => {
    const payer = await makePayer(db);
    await payer.paid(2900, '2026-02-01T10:00:00Z', 'subscription_create');
    const lost = await payer.paid(2900, '2026-02-02T10:00:00Z', 'subscription_cycle');
    await payer.paid(700, '2026-02-03T10:00:00Z', 'subscription_update');
    await payer.paid(500, '2026-02-04T10:00:00Z', null);
    await payer.paid(300, '2026-02-05T10:00:00Z', null, 'USD');
    await changePayment(db, lost, '2026-02-20T10:00:00Z', { amount_lost: 2900 });
    for (const [name, cents] of Object.entries({
      cash_received: 7000,
      cash_new: 2900,
      cash_renewal: 2900,
      cash_upgrade: 700,
      cash_other: 500,
      refunds: 0,
      disputes_lost: -2900,
      cash_net: 4100,
    })) {
      expect(await value(name, '2026-02-01', '2026-02-28'), name).toBe(cents);
      expect(Number((await ask.rows(name, '2026-02-01', '2026-02-28')).sum ?? 0), name).toBe(cents);
    }
    expect((await ask.metric('cash_net', '2026-02-01', '2026-02-28')).left_out).toEqual([
      { reason: 'other_currency', count: 1, currency: 'USD', amount_cents: 300 },
    ]);
  });

  it('of a payment that gets its invoice later changes its cause, rolled up or not', async () => {
    const payer = await makePayer(db);
    const id = await payer.paid(2900, '2026-02-10T10:00:00Z', null);
    await payer.paid(100, '2026-02-10T10:00:00Z', 'subscription_cycle');
    await db.sql`select private.keep_figures()`;
    expect(await value('cash_renewal', '2026-02-01', '2026-02-28')).toBe(100);
    await db.sql`update public.payments set stripe_invoice_id = (select stripe_invoice_id from public.payments
      where customer_id = ${payer.id} and amount = 100) where id = ${id}`;
    expect(await value('cash_renewal', '2026-02-01', '2026-02-28')).toBe(3000);
    expect((await db.sql`select private.check_figures() as same`)[0]!['same']).toBe(true);
  });
});

describe('renewals', () => {
  const sold = async () => {
    const [made] = await db.sql`select public.create_license(${`due-${crypto.randomUUID()}@example.com`},
      ${`HWID-${crypto.randomUUID()}`}, 'starter', payment_method => 'bank_transfer', send_email => false)
      ->> 'id' as id`;
    const id = made!['id'] as string;
    await db.sql`update public.licenses set issued_at = '2026-01-10T10:00:00Z' where id = ${id}`;
    return id;
  };
  const ends = (id: string, at: string) => db.sql`update public.licenses set expires_at = ${at} where id = ${id}`;

  it('are those of what came due; days of grace are neither yet', async () => {
    await db.sql`update public.licenses set deleted_at = now() where deleted_at is null`;
    const [one, other, open] = [await sold(), await sold(), await sold()];
    await ends(one, '2026-02-10T10:00:00Z');
    await ends(other, '2026-02-12T10:00:00Z');
    await db.sql`update public.licenses set expires_at = now() - interval '1 hour' where id = ${open}`;
    await db.sql.begin(async (sql) => {
      await sql`select set_config('private.movement_time', '2026-02-09T10:00:00Z', true)`;
      await sql`update public.licenses set expires_at = '2026-03-10T10:00:00Z' where id = ${one}`;
    });
    expect(await value('renewal_rate', '2026-02-01', '2026-02-28')).toBe(0.5);
    expect((await ask.rows('renewal_rate', '2026-02-01', '2026-02-28')).rows).toMatchObject([
      { license_id: other, is_renewed: false },
      { license_id: one, is_renewed: true },
    ]);
    const [today] = await db.sql`select private.business_day(now() - interval '1 hour')::text as day`;
    const now = await ask.metric('renewal_rate', today!['day'] as string, today!['day'] as string, 'day');
    expect(now).toMatchObject({ total: null, left_out: [{ reason: 'in_grace', count: 1 }] });
  });
});

describe('what is asked', () => {
  it('is a figure of the list in the contracts', async () => {
    const rows = await db.sql`select metric, unit, rows from private.metrics`;
    expect(rows.map(({ metric }) => metric as string).sort()).toEqual([...metrics].sort());
    for (const { unit, rows: kind } of rows) {
      expect(metricUnits).toContain(unit);
      expect(metricRowKinds).toContain(kind);
    }
  });

  it.each([
    ['mrr', '2026-02-02', '2026-02-01', 'day', {}],
    ['mrr', '2026-02-30', '2026-03-01', 'day', {}],
    ['mrr', '2026-02-01', '2026-02-02', 'hour', {}],
    ['nothing', '2026-02-01', '2026-02-02', 'day', {}],
    ['mrr', '2026-02-01', '2026-02-02', 'day', { plan: 'gold' }],
    ['mrr', '2026-02-01', '2026-02-02', 'day', { country: 'FR' }],
    ['mrr', '2026-02-01', '2026-02-02', 'day', { segment: 'everybody' }],
    ['mrr', '2026-02-01', '2026-02-02', 'day', { currency: 'euro' }],
    ['mrr', '2199-02-01', '2199-02-02', 'day', {}],
  ])('%s from %s to %s by %s with %j is refused with a code', async (...asked) => {
    await expect(ask.metric(...(asked as [string, string, string, string, object]))).rejects.toMatchObject({
      code: '22023',
    });
  });
});

describe('the dashboard', () => {
  it('says what get_metric says, and to each what he may read', async () => {
    const payer = await makePayer(db);
    await payer.pays(1, 2900, '2026-02-01T10:00:00Z');
    await payer.paid(2900, new Date().toISOString(), 'subscription_create');
    const page = await ask.dashboard();
    const [from, to] = [page['from_day'], page['to_day']] as [string, string];
    for (const [key, name] of [
      ['mrr_cents', 'mrr'],
      ['active_licenses', 'licenses_active'],
      ['total_licenses', 'licenses_total'],
      ['churn_rate', 'customer_churn_rate'],
      ['renewal_rate', 'renewal_rate'],
      ['open_tickets', 'tickets_open'],
    ] as const)
      expect(page[key], key).toBe(await value(name, from, to));
    expect((page['revenue'] as object[]).at(-1)).toMatchObject({ mrr_cents: 2900, new_cents: 2900, partial: true });
    await db.sql`delete from private.role_permissions where role = 'viewer' and permission = 'payments.read'`;
    const less = await ask.dashboard();
    expect(less).toMatchObject({ mrr_cents: null, churn_rate: null, active_licenses: page['active_licenses'] });
    expect(less).not.toHaveProperty('revenue');
    await expect(ask.metric('mrr', from, to)).rejects.toThrow(/payments.read/);
    await db.sql`insert into private.role_permissions (role, permission) values ('viewer', 'payments.read')`;
  });
});
