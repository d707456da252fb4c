import { computed } from 'vue';
import { useI18n } from 'vue-i18n';
import { formatLocale, useFormat } from '@/base/format.ts';
import type { Metric } from './figures.ts';

/** Figures of use in words: counts as numbers, the time the product ran as a percentage. */
export function useUsageWords() {
  const { t, te, locale } = useI18n();
  const format = useFormat();
  const percents = computed(
    () => new Intl.NumberFormat(formatLocale(locale.value), { style: 'percent', maximumFractionDigits: 1 }),
  );
  const signed = computed(
    () =>
      new Intl.NumberFormat(formatLocale(locale.value), {
        style: 'percent',
        maximumFractionDigits: 0,
        signDisplay: 'exceptZero',
      }),
  );
  const points = computed(
    () =>
      new Intl.NumberFormat(formatLocale(locale.value), {
        style: 'percent',
        maximumFractionDigits: 1,
        signDisplay: 'exceptZero',
      }),
  );
  /** The difference of two percentages is no percentage. */
  const inPoints = (value: number): string =>
    points.value
      .formatToParts(value)
      .filter(({ type }) => type !== 'percentSign' && type !== 'literal')
      .map((part) => part.value)
      .join('');
  return {
    figure: (metric: Metric, value: number | null): string => {
      if (value === null) return t('shared.none');
      return metric === 'uptime' ? percents.value.format(value) : format.value.number(value);
    },
    change: (metric: Metric, value: number): string =>
      metric === 'uptime' ? t('usage.points', { points: inPoints(value) }) : signed.value.format(value),
    /** A calendar day is the same day wherever the reader is. */
    day: (day: string): string => format.value.date(`${day}T12:00:00Z`),
    feature: (key: string): string => (te(`usage.feature.${key}`) ? t(`usage.feature.${key}`) : key),
  };
}
