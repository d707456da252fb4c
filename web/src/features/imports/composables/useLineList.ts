import { useI18n } from 'vue-i18n';
import { formatLocale } from '@/base/format.ts';

const SHOWN = 12;

/** Lines that follow each other as one range: 2, 5–9. */
export function ranges(lines: readonly number[]): string[] {
  const found: [number, number][] = [];
  for (const line of [...new Set(lines)].sort((a, b) => a - b)) {
    const last = found.at(-1);
    if (last && line === last[1] + 1) last[1] = line;
    else found.push([line, line]);
  }
  return found.map(([from, to]) => (from === to ? String(from) : `${from}–${to}`));
}

/** Lines of a file in words: “Lignes 2, 5–9 et 12”. Of many, the first ones and how many more there are. */
export function useLineList() {
  const { t, locale } = useI18n();
  return (lines: readonly number[]): string => {
    const all = ranges(lines);
    const rest = all.length - SHOWN;
    const shown = rest > 0 ? [...all.slice(0, SHOWN), t('imports.lines_more', { count: rest }, rest)] : all;
    const list = new Intl.ListFormat(formatLocale(locale.value), { type: 'conjunction' }).format(shown);
    return t('imports.lines', { list }, new Set(lines).size);
  };
}
