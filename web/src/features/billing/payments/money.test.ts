// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { isPayable, parseAmount, writeAmount } from './money.ts';

describe('isPayable()', () => {
  it.each([
    ['KWD', 5120, true],
    ['KWD', 5124, false],
    ['JPY', 5124, true],
    ['EUR', 5124, true],
  ])('in %s, %i: %s', (currency, amount, payable) => expect(isPayable(amount, currency)).toBe(payable));
});

describe('parseAmount()', () => {
  it.each([
    ['29', 2900],
    ['12,5', 1250],
    ['12.50', 1250],
    ['1 234,05', 123405],
    ['1\u202f234 €', 123400],
    ['0,01', 1],
  ])('reads %j as %d cents', (text, cents) => expect(parseAmount(text, 'EUR')).toBe(cents));
  it.each(['', 'abc', '-5', '1,234', '1,2,3', '12,', '1e3', '12345678'])('refuses %j', (text) =>
    expect(parseAmount(text, 'EUR')).toBeNull(),
  );
});

describe('other currencies', () => {
  it('have minor units of their own', () => {
    expect(parseAmount('2 900', 'JPY')).toBe(2900);
    expect(parseAmount('29,5', 'JPY')).toBeNull();
    expect(parseAmount('1,250 KWD', 'KWD')).toBe(1250);
    expect(parseAmount('1,2505', 'KWD')).toBeNull();
  });
  it.each([
    ['JPY', 2900, '2900'],
    ['KWD', 1250, '1,250'],
  ])('%s is written and read back', (currency, minor, text) => {
    expect(writeAmount(minor, currency, 'fr-FR')).toBe(text);
    expect(parseAmount(text, currency)).toBe(minor);
  });
});

describe('writeAmount()', () => {
  it('writes cents as the language does', () => {
    expect(writeAmount(1250, 'EUR', 'fr-FR')).toBe('12,50');
    expect(writeAmount(1250, 'EUR', 'en-GB')).toBe('12.50');
  });
  it.each([1, 100, 2999, 123456])('is read back: %d', (cents) =>
    expect(parseAmount(writeAmount(cents, 'EUR', 'fr-FR'), 'EUR')).toBe(cents),
  );
});
