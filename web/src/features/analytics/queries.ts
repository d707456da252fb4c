import { useQuery } from '@tanstack/vue-query';
import { computed, type Ref } from 'vue';
import { callRpc } from '@/base/api.ts';
import { before } from './period.ts';
import type { AskedFigures, AskedRows, FigureFilters, Metric, Period } from './types.ts';

export const figureKeys = {
  all: ['figures'] as const,
  dashboard: (period: Period) => [...figureKeys.all, 'dashboard', period] as const,
  activity: () => [...figureKeys.all, 'activity'] as const,
  visit: () => ['dashboard-visit'] as const,
  metrics: (names: readonly Metric[], asked: Omit<AskedFigures, 'compare'>) =>
    [...figureKeys.all, 'metrics', names, asked] as const,
  waterfall: (asked: Omit<AskedFigures, 'compare'>) => [...figureKeys.all, 'waterfall', asked] as const,
  cohorts: (filters: FigureFilters) => [...figureKeys.all, 'cohorts', filters] as const,
  plans: (period: Period, filters: FigureFilters) => [...figureKeys.all, 'plans', period, filters] as const,
  product: (filters: FigureFilters) => [...figureKeys.all, 'product', filters] as const,
  forecast: (filters: FigureFilters) => [...figureKeys.all, 'forecast', filters] as const,
  rows: (asked: AskedRows, page: number) => [...figureKeys.all, 'rows', asked, page] as const,
};

/** What nobody rang for is looked at again all the same. */
const STALE_MS = 30_000;

export const useDashboard = (period: Ref<Period>) =>
  useQuery({
    queryKey: computed(() => figureKeys.dashboard(period.value)),
    queryFn: ({ signal }) => callRpc('get_dashboard', { from_day: period.value.from, to_day: period.value.to }, signal),
    refetchInterval: STALE_MS,
    placeholderData: (before) => before,
  });

export const useRecentActivity = () =>
  useQuery({
    queryKey: figureKeys.activity(),
    queryFn: ({ signal }) => callRpc('list_recent_activity', { page_size: 12 }, signal),
    refetchInterval: STALE_MS,
  });

/** Asked once a visit: asking is what notes it. */
export const useVisit = () =>
  useQuery({
    queryKey: figureKeys.visit(),
    queryFn: ({ signal }) => callRpc('note_dashboard_visit', {}, signal),
    staleTime: 5 * 60_000,
  });

export const ROWS_A_PAGE = 25;
export const fetchRows = (asked: AskedRows, page: number, page_size: number, signal?: AbortSignal) =>
  callRpc(
    'list_metric_rows',
    { metric: asked.metric, from_day: asked.from, to_day: asked.to, filters: asked.filters, page, page_size },
    signal,
  );
export const useMetricRows = (asked: () => AskedRows, page: Ref<number>) =>
  useQuery({
    queryKey: computed(() => figureKeys.rows(asked(), page.value)),
    queryFn: ({ signal }) => fetchRows(asked(), page.value, ROWS_A_PAGE, signal),
    placeholderData: (before) => before,
  });

const periodArgs = ({ from, to, granularity, filters }: Omit<AskedFigures, 'compare'>) => ({
  from_day: from,
  to_day: to,
  granularity,
  filters,
});
const part = ({ from, to, granularity, filters }: AskedFigures) => ({ from, to, granularity, filters });
const partBefore = ({ from, to, granularity, filters }: AskedFigures) => ({
  ...before({ from, to }),
  granularity,
  filters,
});

/** Some figures of one moment, and those of as many days before when they are compared. */
export function useFigures(names: readonly Metric[], asked: () => AskedFigures) {
  const now = useQuery({
    queryKey: computed(() => figureKeys.metrics(names, part(asked()))),
    queryFn: ({ signal }) => callRpc('get_metrics', { metrics: [...names], ...periodArgs(asked()) }, signal),
    placeholderData: (known) => known,
    refetchInterval: STALE_MS,
  });
  const earlier = useQuery({
    queryKey: computed(() => figureKeys.metrics(names, partBefore(asked()))),
    queryFn: ({ signal }) =>
      callRpc('get_metrics', { metrics: [...names], ...periodArgs(partBefore(asked())) }, signal),
    enabled: computed(() => asked().compare),
  });
  return { now, earlier };
}

export const useWaterfall = (asked: () => AskedFigures) =>
  useQuery({
    queryKey: computed(() => figureKeys.waterfall(part(asked()))),
    queryFn: ({ signal }) => callRpc('get_mrr_waterfall', periodArgs(asked()), signal),
    placeholderData: (known) => known,
  });
export const useCohorts = (filters: () => FigureFilters) =>
  useQuery({
    queryKey: computed(() => figureKeys.cohorts(filters())),
    queryFn: ({ signal }) => callRpc('get_cohorts', { months: 12, filters: filters() }, signal),
  });
export const usePlanFigures = (period: () => Period, filters: () => FigureFilters) =>
  useQuery({
    queryKey: computed(() => figureKeys.plans(period(), filters())),
    queryFn: ({ signal }) =>
      callRpc('get_plan_figures', { from_day: period().from, to_day: period().to, filters: filters() }, signal),
  });
export const useProductFigures = (filters: () => FigureFilters) =>
  useQuery({
    queryKey: computed(() => figureKeys.product(filters())),
    queryFn: ({ signal }) => callRpc('get_product_figures', { filters: filters() }, signal),
  });
export const useForecast = (filters: () => FigureFilters) =>
  useQuery({
    queryKey: computed(() => figureKeys.forecast(filters())),
    queryFn: ({ signal }) => callRpc('get_renewal_forecast', { months: 3, filters: filters() }, signal),
  });
