// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { addCounts, barTotal, fillBars, type LogHistogram } from './histogram.ts';

const bar = (at: string, error: number, info = 0) => ({ at, debug: 0, info, warning: 0, error, none: 0 });
const answer = (countedFrom: string, ...buckets: ReturnType<typeof bar>[]) => ({
  total: buckets.reduce((sum, each) => sum + barTotal(each), 0),
  bucket_seconds: 3_600,
  buckets,
  counted_from: countedFrom,
});
const at = (hour: string) => `2026-11-28T${hour}+00:00`;
const sum = ({ bars }: LogHistogram) => bars.reduce((total, each) => total + barTotal(each), 0);

describe('addCounts()', () => {
  const first = addCounts(undefined, answer(at('09:30:00'), bar(at('09:00:00'), 2), bar(at('10:00:00'), 1, 4)));
  const whole = addCounts(first, answer(at('07:00:00'), bar(at('07:00:00'), 3), bar(at('09:00:00'), 5)));
  it('makes one bar of two parts, in order', () =>
    expect(whole.bars.map((each) => [each.at, each.error, each.info])).toEqual([
      [at('07:00:00'), 3, 0],
      [at('09:00:00'), 7, 0],
      [at('10:00:00'), 1, 4],
    ]));
  it('shows the sum of its bars, and down to where it counted', () => {
    expect([first.total, whole.total]).toEqual([7, 15]);
    expect(sum(whole)).toBe(whole.total);
    expect(whole.countedFrom).toBe(at('07:00:00'));
  });
});

describe('fillBars()', () => {
  const filled = (seconds: number, from: string, to: string, ...bars: ReturnType<typeof bar>[]) =>
    fillBars({ total: 0, seconds, bars, countedFrom: from }, Date.parse(from), Date.parse(to), 'Europe/Paris');

  it('fills in what holds nothing, and marks what reaches out of the period', () =>
    expect(
      filled(3_600, at('07:30:00'), at('10:15:00'), bar(at('09:00:00'), 2)).map((each) => [
        each.at.slice(11, 16),
        each.error,
        each.isPartial,
      ]),
    ).toEqual([
      ['07:00', 0, true],
      ['08:00', 0, false],
      ['09:00', 2, false],
      ['10:00', 0, true],
    ]));
  it('has no partial bar when the period fits', () =>
    expect(filled(3_600, at('07:00:00'), at('09:00:00'), bar(at('07:00:00'), 1)).map((one) => one.isPartial)).toEqual([
      false,
      false,
    ]));
  it('knows days of 25 and 23 hours', () => {
    const autumn = filled(86_400, '2026-10-23T22:00:00Z', '2026-10-26T23:00:00Z', bar('2026-10-24T22:00:00+00:00', 1));
    expect(autumn.map(({ begins, ends }) => (ends - begins) / 3_600_000)).toEqual([24, 25, 24]);
    const spring = filled(86_400, '2026-03-27T23:00:00Z', '2026-03-29T22:00:00Z', bar('2026-03-27T23:00:00+00:00', 1));
    expect(spring.map(({ begins, ends }) => (ends - begins) / 3_600_000)).toEqual([24, 23]);
  });
  it('keeps a line of a clock that is ahead', () =>
    expect(filled(60, at('09:00:00'), at('09:02:00'), bar(at('09:04:00'), 1)).at(-1)?.error).toBe(1));
  it('is empty without a line', () => expect(filled(60, at('09:00:00'), at('09:02:00'))).toEqual([]));
});
