import { useInfiniteQuery } from '@tanstack/vue-query';
import type { ActivityKind } from '@contracts/constants/customers.ts';
import { computed } from 'vue';
import { callRpc } from '@/base/api.ts';

export type ActivitySubject = { license_id: string } | { customer_id: string };

export const activityKeys = {
  all: ['activity'] as const,
  of: (subject: ActivitySubject) => [...activityKeys.all, subject] as const,
  list: (subject: ActivitySubject, kinds: readonly ActivityKind[]) => [...activityKeys.of(subject), kinds] as const,
};

const PAGE = 50;

/** What happened to a licence or a customer, page after page from the latest on. */
export function useActivity(subject: () => ActivitySubject, kinds: () => readonly ActivityKind[]) {
  const query = useInfiniteQuery({
    queryKey: computed(() => activityKeys.list(subject(), kinds())),
    meta: { dependsOn: ['billing', 'imports', 'sessions'] },
    // Something was done a moment ago, perhaps on the tab beside.
    staleTime: 0,
    queryFn: ({ pageParam, signal }) =>
      callRpc(
        'list_customer_activity',
        { ...subject(), ...(kinds().length ? { kinds: [...kinds()] } : {}), ...pageParam, page_size: PAGE },
        signal,
      ),
    initialPageParam: {} as { before?: string; before_key?: string },
    getNextPageParam({ rows, has_more }) {
      const last = rows.at(-1);
      return has_more && last ? { before: last.at, before_key: last.key } : null;
    },
  });
  return { query, rows: computed(() => query.data.value?.pages.flatMap((page) => page.rows) ?? []) };
}
