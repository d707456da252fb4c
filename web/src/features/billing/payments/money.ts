import { minorDigits } from '@contracts/constants/currencies.ts';

const AMOUNT = /^(\d+)(?:[.,](\d+))?$/;
/** In all, minor ones included; nothing costs more. */
const MOST_DIGITS = 8;

/** “1 234,5” or “12.50 €” → minor units; null when no amount. Both separators: keyboards differ from languages. */
export function parseAmount(text: string, currency: string): number | null {
  const digits = minorDigits(currency);
  const found = AMOUNT.exec(text.replace(/[\s\u00a0\u202f\p{Sc}]/gu, '').replace(new RegExp(currency, 'i'), ''));
  const fraction = found?.[2] ?? '';
  const whole = found?.[1] ?? '';
  if (!found || fraction.length > digits || whole.length + digits > MOST_DIGITS) return null;
  return Number(whole) * 10 ** digits + Number(fraction.padEnd(digits, '0') || '0');
}

/**
 * Whether Stripe takes an amount: of three decimals the last must be 0, for its partners know two.
 * https://docs.stripe.com/currencies#three-decimal
 */
export const isPayable = (minor: number, currency: string): boolean => minorDigits(currency) < 3 || minor % 10 === 0;

/** Minor units as a person types them: “12,50”. */
export function writeAmount(minor: number, currency: string, locale: string): string {
  const digits = minorDigits(currency);
  return new Intl.NumberFormat(locale, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
    useGrouping: false,
  }).format(minor / 10 ** digits);
}
