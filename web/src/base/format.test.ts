// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { createFormatter, toMajor } from './format.ts';

const fr = createFormatter('fr-FR');
const en = createFormatter('en-GB');
const now = new Date('2026-11-22T12:00:00Z');
// Intl writes no-break and narrow no-break spaces.
const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ');

describe('createFormatter()', () => {
  it('writes cents as an amount, with decimals only when there are some', () => {
    expect(plain(fr.money(2900))).toBe('29 €');
    expect(plain(fr.money(2950))).toBe('29,50 €');
    expect(en.money(2900)).toBe('€29');
  });
  it('knows the minor unit of each currency, and adds none to another', () => {
    expect(plain(fr.money(2900, 'JPY'))).toBe('2 900 JPY');
    expect(plain(fr.money(29_500, 'KWD'))).toBe('29,500 KWD');
    expect(plain(en.money(29_000, 'KWD'))).toBe('KWD 29');
    // Intl gives these none, or two: Stripe counts otherwise.
    expect([en.money(290_050, 'ISK'), en.money(290_050, 'UGX'), en.money(2900, 'MGA')].map(plain)).toEqual([
      'ISK 2,900.50',
      'UGX 2,900.50',
      'MGA 2,900',
    ]);
    expect(
      plain(
        fr.amounts([
          { cents: 2900, currency: 'EUR' },
          { cents: 500, currency: 'JPY' },
        ]),
      ),
    ).toBe('29 € · 500 JPY');
    expect(fr.amounts([])).toBe('');
    expect([toMajor(2950, 'EUR'), toMajor(2950, 'JPY'), toMajor(2950, 'KWD')]).toEqual([29.5, 2950, 2.95]);
  });
  it('says how long ago in the largest unit that fits', () => {
    expect(plain(fr.relative('2026-11-22T09:00:00Z', now))).toBe('il y a 3 h');
    expect(plain(fr.relative('2026-11-20T09:00:00Z', now))).toBe('il y a 2 j');
    expect(plain(fr.relative('2026-11-22T11:58:50Z', now))).toBe('il y a 1 min');
    expect(plain(en.relative('2026-11-25T12:00:00Z', now))).toBe('in 3 days');
  });
  it('says “now” within a minute, on either side of a clock that ticks by half minutes', () => {
    expect(fr.relative('2026-11-22T11:59:50Z', now)).toBe('maintenant');
    expect(en.relative('2026-11-22T12:00:20Z', now)).toBe('now');
  });
  it('gives a length without direction', () => {
    expect(plain(fr.duration(22 * 86_400_000))).toBe('22 jours');
    expect(plain(fr.duration(-22 * 86_400_000))).toBe('22 jours');
    expect(plain(fr.duration(30 * 86_400_000 - 60_000))).toBe('30 jours');
    expect(plain(en.duration(86_400_000 - 60_000))).toBe('23 hrs');
  });
  it('writes sizes of files in the reader’s units', () => {
    const fr = createFormatter('fr-FR');
    expect(
      [0, 812, 1024, 20 * 1024 * 1024, 1.44 * 1024 * 1024].map((size) => fr.bytes(size).replace(/\s/g, ' ')),
    ).toEqual(['0 octet', '812 octets', '1 ko', '20 Mo', '1,4 Mo']);
    expect(createFormatter('en-GB').bytes(2 * 1024 * 1024)).toBe('2 MB');
  });
  it('writes days as the French and the British do', () => {
    expect(fr.date('2027-02-15T10:00:00Z')).toBe('15/02/2027');
    expect(en.date('2027-02-15T10:00:00Z')).toBe('15/02/2027');
  });

  it('counts what was given in days of the calendar, at any hour and across a change of clocks', () => {
    const paris = createFormatter('fr-FR', 'Europe/Paris');
    const end = '2026-04-19T21:59:59Z';
    for (const from of ['2026-03-20T00:10:00Z', '2026-03-20T09:00:00Z', '2026-03-20T22:30:00Z'])
      expect(paris.span(from, end)).toBe('30\u00a0jours');
    expect(paris.span('2026-04-19T10:00:00Z', end)).toBe('11\u202fh');
    expect(paris.span('2026-04-22T10:00:00Z', end)).toBe('3\u00a0jours');
  });
});
