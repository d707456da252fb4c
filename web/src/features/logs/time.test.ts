// @vitest-environment node
import { describe, expect, it } from 'vitest';
import {
  fromWall,
  instantParam,
  mergeNewest,
  microseconds,
  placeOf,
  timeFormatter,
  toWall,
  zoneParam,
} from './time.ts';

const at = (micro: string) => `2026-11-28T08:00:00.${micro}+00:00`;
const line = (id: number, micro = '000001') => ({ id, at: at(micro) });

it('zoneParam() keeps zones there are', () => {
  expect(zoneParam().read('Asia/Tokyo')).toBe('Asia/Tokyo');
  expect(zoneParam().read('Mars/Olympus')).toBe('');
});

it('instantParam() keeps instants, each written one way', () => {
  expect(instantParam().read('2026-11-28T09:00:00+01:00')).toBe('2026-11-28T08:00:00.000Z');
  expect(instantParam().read('2026-13-28T09:00:00Z')).toBe('');
  expect(instantParam().read('yesterday')).toBe('');
});

describe('a clock on the wall', () => {
  it.each([
    ['2026-11-28T08:00:00.000Z', 'Europe/Paris', '2026-11-28T09:00:00'],
    ['2026-07-28T08:00:00.000Z', 'Europe/Paris', '2026-07-28T10:00:00'],
    ['2026-11-28T08:00:00.000Z', 'UTC', '2026-11-28T08:00:00'],
    ['2026-11-28T23:00:00.000Z', 'Asia/Kolkata', '2026-11-29T04:30:00'],
  ])('%s in %s is %s, and back', (instant, zone, wall) => {
    expect(toWall(instant, zone)).toBe(wall);
    expect(fromWall(wall, zone)).toBe(instant);
  });
  it('is no time when it is none', () => {
    expect(fromWall('2026-02-31T00:00', 'UTC')).toBe('');
    expect(fromWall('', 'UTC')).toBe('');
  });
});

it('microseconds() are not lost', () => {
  expect(microseconds('1970-01-01T00:00:01.000002+00:00')).toBe(1_000_002);
  expect(microseconds('1970-01-01T00:00:01Z')).toBe(1_000_000);
  expect(placeOf(line(7, '123456'))).toBe(`${Date.parse('2026-11-28T08:00:00Z') * 1_000 + 123_456}_7`);
});

describe('mergeNewest()', () => {
  const ids = (lines: { id: number }[]) => lines.map(({ id }) => id);
  it('orders by time, then by id, newest first', () =>
    expect(ids(mergeNewest([line(4), line(2)], [line(9, '000000'), line(1, '000002'), line(3)].sort(byPlace)))).toEqual(
      [1, 4, 3, 2, 9],
    ));
  it('holds a line of both once', () =>
    expect(ids(mergeNewest([line(4), line(2)], [line(4), line(2)]))).toEqual([4, 2]));
  it('keeps what is alone', () => {
    expect(ids(mergeNewest([], [line(2)]))).toEqual([2]);
    expect(ids(mergeNewest([line(2)], []))).toEqual([2]);
  });
});
const byPlace = (a: { at: string; id: number }, b: { at: string; id: number }) =>
  microseconds(b.at) - microseconds(a.at) || b.id - a.id;

it('timeFormatter() speaks the zone of the link', () => {
  const { time, full } = timeFormatter('fr-FR', 'Europe/Paris');
  expect(time('2026-11-28T08:00:00.123Z')).toBe('09:00:00,123');
  expect(full('2026-11-28T08:00:00.123Z')).toContain('UTC+1');
});
