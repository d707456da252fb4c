import { minorDigits } from '../../supabase/contracts/constants/currencies.ts';
import type { Locale } from '../../supabase/contracts/constants/staff.ts';
import { tags } from './locales.ts';

/** An amount in words for people: 2900 EUR → `29,00 €`, 2900 JPY → `2 900 JPY`. Refuses what is no whole number. */
export function formatMoney(locale: Locale, amount: number, currency: string): string {
  if (!Number.isSafeInteger(amount)) throw new RangeError(`"${amount}" is not an amount in whole minor units`);
  const digits = minorDigits(currency);
  return new Intl.NumberFormat(tags[locale], {
    style: 'currency',
    currency,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(amount / 10 ** digits);
}
