import { useQuery } from '@tanstack/vue-query';
import { computed, type Ref } from 'vue';
import { callRpc } from '@/base/api.ts';
import type { AskedRows, Period } from './types.ts';

export const figureKeys = {
  all: ['figures'] as const,
  dashboard: (period: Period) => [...figureKeys.all, 'dashboard', period] as const,
  activity: () => [...figureKeys.all, 'activity'] as const,
  visit: () => ['dashboard-visit'] as const,
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
