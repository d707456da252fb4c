import { describe, expect, it } from 'vitest';
import { formatMoney } from './money.ts';

describe('formatMoney()', () => {
  it.each([
    // The French put a no-break space before the sign and a narrow one between thousands.
    ['fr', 2900, 'EUR', '29,00\u00a0€'],
    ['fr', 123456789, 'EUR', '1\u202f234\u202f567,89\u00a0€'],
    ['fr', -500, 'EUR', '-5,00\u00a0€'],
    ['en', 2900, 'EUR', '€29.00'],
    ['fr', 2900, 'JPY', '2\u202f900\u00a0JPY'],
    ['en', 2900, 'JPY', 'JP¥2,900'],
    ['fr', 12345, 'KWD', '12,345\u00a0KWD'],
    ['en', 12340, 'KWD', 'KWD\u00a012.340'],
    // Stripe keeps the króna with two digits, which nobody else does.
    ['en', 290000, 'ISK', 'ISK\u00a02,900.00'],
    ['fr', 2900, 'eur', '29,00\u00a0€'],
  ] as const)('%s %i %s: %j', (locale, amount, currency, text) => {
    expect(formatMoney(locale, amount, currency)).toBe(text);
  });

  it.each([[29.5], [Number.NaN], [Number.POSITIVE_INFINITY], [2 ** 53]])(
    'refuses %d, which is no whole amount',
    (amount) => {
      expect(() => formatMoney('fr', amount, 'EUR')).toThrow(RangeError);
    },
  );

  it('refuses what is no currency', () => {
    expect(() => formatMoney('fr', 1, 'EURO')).toThrow(RangeError);
  });
});
