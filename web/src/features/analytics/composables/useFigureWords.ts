import { computed } from 'vue';
import { useI18n } from 'vue-i18n';
import { formatLocale, useFormat } from '@/base/format.ts';

/** What is not there. */
export const NONE = '—';

export type Unit = 'money' | 'count' | 'rate' | 'ratio' | 'seconds';

/** Figures in words: each by its unit, and how it moved. */
export function useFigureWords() {
  const { t, locale } = useI18n();
  const format = useFormat();
  return computed(() => {
    const percents = new Intl.NumberFormat(formatLocale(locale.value), { style: 'percent', maximumFractionDigits: 1 });
    const ratios = new Intl.NumberFormat(formatLocale(locale.value), { maximumFractionDigits: 2 });
    const signed = new Intl.NumberFormat(formatLocale(locale.value), {
      style: 'percent',
      maximumFractionDigits: 1,
      signDisplay: 'exceptZero',
    });
    const points = new Intl.NumberFormat(formatLocale(locale.value), {
      maximumFractionDigits: 1,
      signDisplay: 'exceptZero',
    });
    const value = (unit: Unit, amount: number | null | undefined, currency?: string): string => {
      if (amount === null || amount === undefined) return NONE;
      switch (unit) {
        case 'money':
          return format.value.money(amount, currency);
        case 'rate':
          return percents.format(amount);
        case 'ratio':
          return ratios.format(amount);
        case 'seconds':
          return format.value.duration(amount * 1000);
        default:
          return format.value.number(amount);
      }
    };
    return {
      value,
      percent: (rate: number | null | undefined) =>
        rate === null || rate === undefined ? NONE : percents.format(rate),
      /** How a figure moved: by percent, and rates by points. Nothing when there is nothing to compare with. */
      trend(unit: Unit, now: number | null | undefined, before: number | null | undefined): string | undefined {
        if (now === null || now === undefined || before === null || before === undefined) return undefined;
        if (unit === 'rate') return t('analytics.points', { points: points.format((now - before) * 100) });
        return before === 0 ? undefined : signed.format((now - before) / Math.abs(before));
      },
    };
  });
}
