import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RpcArgs } from '../contracts/rpc/index.ts';
import { createLicense, createTestDatabase, type Persona, type TestDatabase } from './database.ts';
import { call } from './tickets.ts';

let db: TestDatabase;
let viewer: Persona;
let today: string;
beforeAll(async () => {
  db = await createTestDatabase();
  viewer = await db.addStaff('viewer');
  [{ today }] = (await db.sql`select private.business_day(now())::text as today`) as never as [{ today: string }];
});
afterAll(() => db.drop());

const DAY = 86_400_000;
const dayBefore = (days: number, from = today) =>
  new Date(Date.parse(`${from}T00:00:00Z`) - days * DAY).toISOString().slice(0, 10);
const report = (license: { id: string }, days: Record<string, number | string>[], features: object = {}) =>
  db.sql`select private.add_usage(${license.id}, ${db.sql.json(days as never)}, ${db.sql.json(features as never)})`;
const usage = (args: RpcArgs<'get_usage'>) => call(db, viewer, 'get_usage', args);
const refusalOf = (args: RpcArgs<'get_usage'>) =>
  usage(args).then(
    () => 'answered',
    (error: { hint?: string }) => error.hint,
  );

describe('get_usage()', () => {
  it('has the days that were reported and no others, each as the client counted it', async () => {
    const license = await createLicense(db.sql);
    await report(license, [
      { date: dayBefore(2), messages_sent: 25, ai_queries: 4, errors_count: 1, uptime_minutes: 720 },
      { date: dayBefore(40), messages_sent: 7, campaigns_launched: 2, uptime_minutes: 1_500 },
      { date: dayBefore(100), messages_sent: 1_000 },
    ]);
    const { days, ...rest } = await usage({ license_id: license.id });
    const none = { licenses: 1, ai_queries: 0, campaigns_launched: 0, errors_count: 0 };
    expect(days).toEqual([
      { ...none, day: dayBefore(40), messages_sent: 7, campaigns_launched: 2, uptime: 1 },
      { ...none, day: dayBefore(2), messages_sent: 25, ai_queries: 4, errors_count: 1, uptime: 0.5 },
    ]);
    expect(rest).toMatchObject({
      from_day: dayBefore(89),
      to_day: today,
      today,
      first_reported_on: dayBefore(100),
      last_reported_on: dayBefore(2),
    });
    expect((await usage({ license_id: license.id, from_day: dayBefore(120), to_day: dayBefore(90) })).days).toEqual([
      { ...none, day: dayBefore(100), messages_sent: 1_000, uptime: 0 },
    ]);
  });

  it('compares this month so far with as many days of the month before', async () => {
    const license = await createLicense(db.sql);
    const first = `${today.slice(0, 7)}-01`;
    const [{ before }] =
      (await db.sql`select (${first}::date - interval '1 month')::date::text as before`) as never as [
        { before: string },
      ];
    await report(license, [
      { date: first, messages_sent: 30, uptime_minutes: 1_440 },
      { date: before, messages_sent: 20, uptime_minutes: 360 },
      // The month before goes on where this one has not come to yet.
      ...(Number(today.slice(8)) < 28 ? [{ date: dayBefore(1, first), messages_sent: 5_000 }] : []),
    ]);
    const { month, month_before } = await usage({ license_id: license.id });
    expect(month).toMatchObject({ from_day: first, to_day: today, reported_days: 1, messages_sent: 30, uptime: 1 });
    expect(month_before).toMatchObject({ from_day: before, reported_days: 1, messages_sent: 20, uptime: 0.25 });
    const days = (from: string, to: string) => (Date.parse(to) - Date.parse(from)) / DAY + 1;
    expect(days(month_before.from_day, month_before.to_day)).toBe(
      Math.min(Number(today.slice(8)), days(before, dayBefore(1, first))),
    );
  });

  it('says null where nothing was reported, never 0', async () => {
    const license = await createLicense(db.sql);
    const told = await usage({ license_id: license.id });
    const nothing = {
      reported_days: 0,
      messages_sent: null,
      ai_queries: null,
      campaigns_launched: null,
      errors_count: null,
      uptime: null,
    };
    expect(told).toMatchObject({
      days: [],
      features: [],
      month: nothing,
      month_before: nothing,
      first_reported_on: null,
      last_reported_on: null,
    });
  });

  it('calls a feature very active from 15 days of the last 30, active from one, and never used at none', async () => {
    const license = await createLicense(db.sql);
    const use = (feature: string, days: number[], uses = 1) =>
      db.sql`insert into public.feature_usage (license_id, date, feature, uses)
        select ${license.id}, ${today}::date - day, ${feature}, ${uses} from unnest(${days}::int[]) as day`;
    await use(
      'catalogue',
      Array.from({ length: 15 }, (_, index) => index * 2),
    );
    await use(
      'campaigns',
      Array.from({ length: 14 }, (_, index) => index),
      3,
    );
    await use('ai_assistant', [29]);
    await use('co_pilot', [30, 31]);
    // Told with the others, used not once.
    await use('quick_replies', [1, 2, 3], 0);
    expect((await usage({ license_id: license.id })).features).toEqual([
      { feature: 'catalogue', activity: 'very_active', days_used: 15, uses: 15, last_used_on: today },
      { feature: 'campaigns', activity: 'active', days_used: 14, uses: 42, last_used_on: today },
      { feature: 'ai_assistant', activity: 'active', days_used: 1, uses: 1, last_used_on: dayBefore(29) },
      { feature: 'co_pilot', activity: 'never_used', days_used: 0, uses: 0, last_used_on: dayBefore(30) },
    ]);
  });

  it('adds the licences of a customer, a day of two counting once', async () => {
    const [one, other] = [
      await createLicense(db.sql, { email: 'two@example.com' }),
      await createLicense(db.sql, { email: 'two@example.com' }),
    ];
    const day = { date: dayBefore(3), messages_sent: 10, uptime_minutes: 1_440 };
    await report(one, [day], { catalogue: 1 });
    await report(other, [{ ...day, uptime_minutes: 0 }], { catalogue: 4 });
    const [row] = await db.sql`select customer_id from public.licenses where id = ${one.id}`;
    const told = await usage({ customer_id: row!['customer_id'] as string });
    expect(told.days).toMatchObject([{ licenses: 2, messages_sent: 20, uptime: 0.5 }]);
    expect(told.features).toMatchObject([{ feature: 'catalogue', days_used: 1, uses: 5 }]);
    await db.sql`update public.licenses set deleted_at = now() where id = ${other.id}`;
    expect((await usage({ customer_id: row!['customer_id'] as string })).days).toMatchObject([{ messages_sent: 10 }]);
  });

  it('refuses neither one licence nor one customer, strangers, and a period that ends before it begins', async () => {
    const { id } = await createLicense(db.sql);
    expect(await refusalOf({})).toBe('invalid_argument');
    expect(await refusalOf({ license_id: id, customer_id: id })).toBe('invalid_argument');
    expect(await refusalOf({ license_id: id, from_day: '2026-03-02', to_day: '2026-03-01' })).toBe('invalid_argument');
    expect(await refusalOf({ license_id: id, from_day: '2024-01-01', to_day: '2026-03-01' })).toBe('invalid_argument');
    expect(await refusalOf({ license_id: id, from_day: '2026-02-30' })).toBe('invalid_argument');
    expect(await refusalOf({ license_id: randomUUID() })).toBe('license_not_found');
    expect(await refusalOf({ customer_id: randomUUID() })).toBe('customer_not_found');
    expect(await refusalOf({ license_id: id, from_day: '2026-03-01', to_day: '2026-03-01' })).toBe('answered');
  });
});
