/**
 * Decimals as Stripe counts them: ISK and UGX with two, whatever Intl says. https://docs.stripe.com/currencies
 */
const withoutDecimals = new Set([
  'bif',
  'clp',
  'djf',
  'gnf',
  'jpy',
  'kmf',
  'krw',
  'mga',
  'pyg',
  'rwf',
  'vnd',
  'vuv',
  'xaf',
  'xof',
  'xpf',
]);
const withThreeDecimals = new Set(['bhd', 'jod', 'kwd', 'omr', 'tnd']);

export const hasThreeDecimals = (currency: string): boolean => withThreeDecimals.has(currency);

const digitsOf = (code: string) => (withoutDecimals.has(code) ? 0 : hasThreeDecimals(code) ? 3 : 2);

/** In ASCII: “KWD 12.345”. */
export const plainMoney = (amount: number, currency: string): string =>
  `${currency.toUpperCase()} ${(amount / 10 ** digitsOf(currency)).toFixed(digitsOf(currency))}`;

/** An amount in minor units of its currency, as people write it. */
export function money(amount: number, currency: string | null, language: 'fr' | 'en'): string {
  const code = (currency ?? 'eur').toLowerCase();
  const digits = digitsOf(code);
  const format = new Intl.NumberFormat(language === 'fr' ? 'fr-FR' : 'en-GB', {
    style: 'currency',
    currency: code.toUpperCase(),
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return format.format(amount / 10 ** digits);
}
