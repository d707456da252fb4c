import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { setBusinessZone } from '@/base/business-zone.ts';
import { before, bucketOf, daysOf, granularitiesFor, lastDays, monthOf, periodOf, usualGranularity } from './period.ts';

const period = (from: string, to: string) => ({ from, to });
const NONE = { days: '30', from: '', to: '' };

describe('a period of the address', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'] });
    // Still the 28th in Paris, the 29th in Tokyo.
    vi.setSystemTime('2026-11-28T18:00:00Z');
    setBusinessZone('Europe/Paris');
  });
  afterEach(() => {
    vi.useRealTimers();
    setBusinessZone(undefined);
  });

  it('is so many days up to today, where the business is', () => {
    expect(lastDays(7)).toEqual(period('2026-11-22', '2026-11-28'));
    expect(periodOf(NONE)).toEqual(period('2026-10-30', '2026-11-28'));
    setBusinessZone('Asia/Tokyo');
    expect(lastDays(1)).toEqual(period('2026-11-29', '2026-11-29'));
  });
  it('is two days, whichever comes first', () => {
    expect(periodOf({ ...NONE, from: '2026-03-01', to: '2026-03-31' })).toEqual(period('2026-03-01', '2026-03-31'));
    expect(periodOf({ ...NONE, from: '2026-03-31', to: '2026-03-01' })).toEqual(period('2026-03-01', '2026-03-31'));
  });
  it('ends today, or begins thirty days before its end, when one of them is not said', () => {
    expect(periodOf({ ...NONE, from: '2026-11-01' })).toEqual(period('2026-11-01', '2026-11-28'));
    expect(periodOf({ ...NONE, to: '2026-03-30' })).toEqual(period('2026-03-01', '2026-03-30'));
  });
});

describe('before()', () => {
  it('is as many days, up to the day before', () => {
    expect(before(period('2026-11-01', '2026-11-30'))).toEqual(period('2026-10-02', '2026-10-31'));
    expect(before(period('2026-11-28', '2026-11-28'))).toEqual(period('2026-11-27', '2026-11-27'));
  });
  it.each([
    ['a leap day', period('2028-02-29', '2028-03-01'), period('2028-02-27', '2028-02-28')],
    ['a change of the clock', period('2026-10-25', '2026-10-26'), period('2026-10-23', '2026-10-24')],
    ['a change of year', period('2026-01-01', '2026-01-31'), period('2025-12-01', '2025-12-31')],
  ])('counts days of the calendar over %s', (_, now, then) => {
    expect(before(now)).toEqual(then);
    expect(daysOf(before(now))).toBe(daysOf(now));
  });
});

describe('bucketOf()', () => {
  const year = period('2026-01-01', '2026-12-31');
  it.each([
    ['day', '2026-11-09', period('2026-11-09', '2026-11-09')],
    // A Monday.
    ['week', '2026-11-09', period('2026-11-09', '2026-11-15')],
    ['month', '2026-02-01', period('2026-02-01', '2026-02-28')],
    ['quarter', '2026-10-01', period('2026-10-01', '2026-12-31')],
    ['year', '2026-01-01', year],
  ] as const)('is all the days of a %s', (granularity, day, bucket) => {
    expect(bucketOf(day, granularity, year)).toEqual(bucket);
  });
  it('is cut to the period at both ends', () => {
    const cut = period('2026-11-11', '2026-11-18');
    expect(bucketOf('2026-11-09', 'week', cut)).toEqual(period('2026-11-11', '2026-11-15'));
    expect(bucketOf('2026-11-16', 'week', cut)).toEqual(period('2026-11-16', '2026-11-18'));
    expect(bucketOf('2026-11-01', 'month', cut)).toEqual(cut);
    expect(bucketOf('2026-10-01', 'quarter', cut)).toEqual(cut);
  });
  it('ends with the week, month or quarter it was cut in', () => {
    const cut = period('2026-11-11', '2026-12-20');
    expect(bucketOf('2026-11-11', 'week', cut)).toEqual(period('2026-11-11', '2026-11-15'));
    expect(bucketOf('2026-11-11', 'month', cut)).toEqual(period('2026-11-11', '2026-11-30'));
    expect(bucketOf('2026-11-11', 'quarter', cut)).toEqual(cut);
  });
  it.each(['week', 'month', 'quarter', 'year'] as const)('leaves no day of the period out by %s', (granularity) => {
    const whole = period('2026-01-14', '2027-02-09');
    let [day, days] = [whole.from, 0];
    while (day <= whole.to) {
      const bucket = bucketOf(day, granularity, whole);
      expect(bucket.from).toBe(day);
      days += daysOf(bucket);
      day = new Date(Date.parse(bucket.to) + 86_400_000).toISOString().slice(0, 10);
    }
    expect(days).toBe(daysOf(whole));
  });
});

describe('monthOf()', () => {
  it('is the month, up to the last day there is', () => {
    expect(monthOf('2026-10-01', '2026-11-28')).toEqual(period('2026-10-01', '2026-10-31'));
    expect(monthOf('2026-11-01', '2026-11-28')).toEqual(period('2026-11-01', '2026-11-28'));
  });
});

describe('granularitiesFor()', () => {
  it.each([
    [1, ['day']],
    [7, ['day']],
    [30, ['day', 'week']],
    [90, ['day', 'week', 'month']],
    [120, ['day', 'week', 'month', 'quarter']],
    [121, ['week', 'month', 'quarter']],
    [365, ['week', 'month', 'quarter']],
    [801, ['month', 'quarter', 'year']],
  ])('offers %i days neither one bucket nor hundreds', (days, offered) => {
    const from = '2024-01-01';
    const to = new Date(Date.parse(from) + (days - 1) * 86_400_000).toISOString().slice(0, 10);
    expect(granularitiesFor(period(from, to))).toEqual(offered);
    expect(offered).toContain(usualGranularity(period(from, to)));
  });
});
