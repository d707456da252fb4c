import { describe, expect, it } from 'vitest';
import { businessTimeZone, formatDay } from './days.ts';

describe('formatDay()', () => {
  it.each([
    ['fr', '2026-06-30T22:30:00Z', 'Europe/Paris', '1 juillet 2026'],
    ['fr', '2026-06-30T22:30:00Z', 'Atlantic/Azores', '30 juin 2026'],
    ['en', '2026-12-31T23:59:59+01:00', businessTimeZone, '31 December 2026'],
    ['en', '2026-12-31T23:59:59+01:00', 'Pacific/Kiritimati', '1 January 2027'],
    // The night the clocks go forward has no half past two.
    ['fr', '2026-03-29T00:30:00Z', 'Europe/Paris', '29 mars 2026'],
  ] as const)('%s %s in %s: %s', (locale, instant, zone, text) => {
    expect(formatDay(locale, instant, zone)).toBe(text);
  });

  it.each(['never', ''])('refuses %j, which is no instant', (instant) => {
    expect(() => formatDay('fr', instant, businessTimeZone)).toThrow(RangeError);
  });
});
