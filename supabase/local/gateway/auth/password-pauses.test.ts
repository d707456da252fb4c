import { beforeEach, describe, expect, test } from 'vitest';
import type { ApiError } from '../errors.ts';
import { PasswordPauses } from './password-pauses.ts';

let seconds: number;
let pauses: PasswordPauses;
beforeEach(() => {
  seconds = 1_000_000;
  pauses = new PasswordPauses(() => new Date(seconds * 1000));
});

/** → the seconds to wait, or 0 when the password is looked at. */
function guess(address: string, account = 'ada@example.test'): number {
  try {
    pauses.begin(account, address);
    return 0;
  } catch (error) {
    return Number((error as ApiError).headers?.['retry-after']);
  }
}

describe('PasswordPauses', () => {
  test('from the fifth failure on, each pause is twice the last, until as many are forgotten as happen', () => {
    for (let failure = 0; failure < 4; failure += 1) expect(guess('a')).toBe(0);
    const waited = Array.from({ length: 12 }, () => {
      expect(guess('a')).toBe(0);
      const pause = guess('a');
      seconds += pause;
      return pause;
    });
    // A pause of 512 s lets one failure be forgotten.
    expect(waited).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 512, 512]);
  });

  test('an hour of guessing from one address looks at twenty passwords at most', () => {
    let tried = 0;
    for (const end = seconds + 3_600; seconds < end; seconds += 1) if (guess('a') === 0) tried += 1;
    expect(tried).toBeLessThanOrEqual(20);
    expect(guess('the owner at home')).toBe(0);
  });

  test('guessed from a thousand addresses: each gets one try, the owner two slips for twenty seconds', () => {
    for (let index = 0; index < 1_000; index += 1) {
      expect(guess(`address ${index}`)).toBe(0);
      if (index >= 10) expect(guess(`address ${index}`)).toBe(4);
    }
    expect(guess('home')).toBe(0);
    seconds += guess('home');
    expect(guess('home')).toBe(0);
    expect(guess('home')).toBe(16);
    seconds += 16;
    expect(guess('home')).toBe(0);
  });

  test('who gets in starts afresh, and clears nothing of what others did', () => {
    for (let failure = 0; failure < 8; failure += 1) guess('thief');
    expect(guess('thief')).toBeGreaterThan(0);
    pauses.begin('ada@example.test', 'home').succeeded();
    expect(guess('home')).toBe(0);
    expect(guess('thief')).toBeGreaterThan(0);
  });

  test('failures are forgotten: one each five minutes', () => {
    for (let failure = 0; failure < 5; failure += 1) guess('a');
    seconds += 5 * 300;
    for (let failure = 0; failure < 4; failure += 1) expect(guess('a')).toBe(0);
    expect(guess('a')).toBe(0);
    expect(guess('a')).toBe(1);
  });

  test('accounts are apart', () => {
    for (let failure = 0; failure < 9; failure += 1) guess('a');
    expect(guess('a', 'bob@example.test')).toBe(0);
  });
});
