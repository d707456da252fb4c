/** Digits of a euro amount before the separator; the database holds no more. */
const AMOUNT = /^(\d{1,6})(?:[.,](\d{1,2}))?$/;

/** “1 234,5”, “12.50” or “29 €” → cents; null when it is no amount. Both separators: keyboards differ from languages. */
export function parseAmount(text: string): number | null {
  const found = AMOUNT.exec(text.replace(/[\s\u00a0\u202f€]/g, ''));
  return found ? Number(found[1]) * 100 + Number((found[2] ?? '').padEnd(2, '0')) : null;
}

/** Cents as a person types them: “12,50”. */
export function writeAmount(cents: number, locale: string): string {
  return new Intl.NumberFormat(locale, {
    minimumFractionDigits: 2,
    maximumFractionDigits: 2,
    useGrouping: false,
  }).format(cents / 100);
}
