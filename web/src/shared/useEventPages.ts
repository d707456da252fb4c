import { useInfiniteQuery, type QueryMeta } from '@tanstack/vue-query';
import { computed } from 'vue';
import { callRpc } from '@/base/api.ts';
import type { AuditEvent } from './events.ts';

interface EventPage {
  rows: AuditEvent[];
  has_more: boolean;
}

/** What happened to one record, page after page: `rpc` takes its id, `page_size` and `before_sequence`. */
export function useEventPages(
  queryKey: () => readonly unknown[],
  rpc: string,
  subject: () => Record<string, string>,
  meta: QueryMeta,
  pageSize = 50,
) {
  const query = useInfiniteQuery({
    queryKey: computed(queryKey),
    meta,
    queryFn: ({ pageParam, signal }) =>
      callRpc<EventPage>(
        rpc,
        { ...subject(), page_size: pageSize, ...(pageParam === null ? {} : { before_sequence: pageParam }) },
        signal,
      ),
    initialPageParam: null as number | null,
    getNextPageParam: (last) => (last.has_more ? (last.rows.at(-1)?.sequence ?? null) : null),
  });
  return { query, events: computed(() => query.data.value?.pages.flatMap((page) => page.rows) ?? []) };
}
export type EventPages = ReturnType<typeof useEventPages>;
