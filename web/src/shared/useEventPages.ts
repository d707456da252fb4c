import { useInfiniteQuery, type QueryMeta } from '@tanstack/vue-query';
import type { RpcArgs } from '@contracts/rpc/index.ts';
import { computed } from 'vue';
import { callRpc } from '@/base/api.ts';

/** Those that tell what happened to one record. */
type EventRpc = 'list_license_events' | 'list_customer_events' | 'list_subscription_events';

/** What happened to one record, page after page: `rpc` takes its id, `page_size` and `before_sequence`. */
export function useEventPages<Name extends EventRpc>(
  queryKey: () => readonly unknown[],
  rpc: Name,
  subject: () => RpcArgs<Name>,
  meta: QueryMeta,
  pageSize = 50,
) {
  const query = useInfiniteQuery({
    queryKey: computed(queryKey),
    meta,
    queryFn: ({ pageParam, signal }) =>
      callRpc(
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
