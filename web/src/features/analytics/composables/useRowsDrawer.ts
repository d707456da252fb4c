import { computed } from 'vue';
import { metrics } from '@contracts/constants/metrics.ts';
import { choiceParam, dayParam, useUrlState } from '@/shared/url-state.ts';
import type { AskedRows, FigureFilters, Period } from '../types.ts';

/** Whose rows are open, in the address: a copied link opens them again. Days that are not said are the page's. */
export function useRowsDrawer(period: () => Period, filters: () => FigureFilters = () => ({})) {
  const url = useUrlState({ rows: choiceParam(['', ...metrics], ''), rows_from: dayParam(), rows_to: dayParam() });
  const asked = computed<AskedRows | null>(() => {
    const { rows: metric, rows_from, rows_to } = url.state.value;
    const { from, to } = period();
    return metric ? { metric, from: rows_from || from, to: rows_to || to, filters: filters() } : null;
  });
  return {
    asked,
    isOpen: computed({ get: () => asked.value !== null, set: (open) => void (open || url.reset()) }),
    open: ({ metric, from, to }: Omit<AskedRows, 'filters'>) =>
      url.patch({ rows: metric, rows_from: from, rows_to: to }),
  };
}
