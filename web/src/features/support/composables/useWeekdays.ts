import { computed } from 'vue';
import { useI18n } from 'vue-i18n';
import { formatLocale } from '@/base/format.ts';

/** The days of a week, Monday first, as the language on screen names them. */
export function useWeekdays() {
  const { locale } = useI18n();
  return computed(() => {
    const format = new Intl.DateTimeFormat(formatLocale(locale.value), { weekday: 'long', timeZone: 'UTC' });
    // 5 January 1970 was a Monday.
    return Array.from({ length: 7 }, (_, day) => format.format((day + 4) * 86_400_000));
  });
}
