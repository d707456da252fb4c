import { keepPreviousData, useQuery, type QueryMeta } from '@tanstack/vue-query';
import { computed, type Ref } from 'vue';
import { useRealtimeState } from '../realtime.ts';

/** Without the live stream a list on screen is read again this often. */
const POLL_MS = 15_000;

/** A page of a list, the one before kept on screen until it comes. `live` lists are read now and then while cut off. */
export function usePagedQuery<Filters, Page>(
  filters: Ref<Filters>,
  queryKey: (filters: Filters) => readonly unknown[],
  search: (filters: Filters, signal: AbortSignal) => Promise<Page>,
  { meta, live = true }: { meta?: QueryMeta; live?: boolean } = {},
) {
  const realtime = useRealtimeState();
  return useQuery({
    queryKey: computed(() => queryKey(filters.value)),
    ...(meta ? { meta } : {}),
    queryFn: ({ signal }) => search(filters.value, signal),
    placeholderData: keepPreviousData,
    refetchInterval: () => (live && realtime.value === 'offline' ? POLL_MS : false),
  });
}
