// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { parseAmount, writeAmount } from './money.ts';

describe('parseAmount()', () => {
  it.each([
    ['29', 2900],
    ['12,5', 1250],
    ['12.50', 1250],
    ['1 234,05', 123405],
    ['1\u202f234 €', 123400],
    ['0,01', 1],
  ])('reads %j as %d cents', (text, cents) => expect(parseAmount(text)).toBe(cents));
  it.each(['', 'abc', '-5', '1,234', '1,2,3', '12,', '1e3', '12345678'])('refuses %j', (text) =>
    expect(parseAmount(text)).toBeNull(),
  );
});

describe('writeAmount()', () => {
  it('writes cents as the language does', () => {
    expect(writeAmount(1250, 'fr-FR')).toBe('12,50');
    expect(writeAmount(1250, 'en-GB')).toBe('12.50');
  });
  it.each([1, 100, 2999, 123456])('is read back: %d', (cents) =>
    expect(parseAmount(writeAmount(cents, 'fr-FR'))).toBe(cents),
  );
});
