/** An amount in minor units of its currency, as people write it. */
export function money(amount: number, currency: string | null, language: 'fr' | 'en'): string {
  const format = new Intl.NumberFormat(language === 'fr' ? 'fr-FR' : 'en-GB', {
    style: 'currency',
    currency: (currency ?? 'eur').toUpperCase(),
  });
  return format.format(amount / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}
