import { useInfiniteQuery } from '@tanstack/vue-query';
import { computed, toValue, type MaybeRefOrGetter } from 'vue';
import { callRpc } from '@/shared/api.ts';
import type { AuditEvent } from '@/shared/events.ts';
import { licenseKeys } from '../queries.ts';

interface EventPage {
  rows: AuditEvent[];
  has_more: boolean;
}

const PAGE_SIZE = 50;

/** What happened to a licence, newest first, page after page. */
export function useLicenseActivity(id: MaybeRefOrGetter<string>) {
  const query = useInfiniteQuery({
    queryKey: computed(() => licenseKeys.events(toValue(id))),
    queryFn: ({ pageParam, signal }) =>
      callRpc<EventPage>(
        'list_license_events',
        {
          license_id: toValue(id),
          page_size: PAGE_SIZE,
          ...(pageParam === null ? {} : { before_sequence: pageParam }),
        },
        signal,
      ),
    initialPageParam: null as number | null,
    getNextPageParam: (last) => (last.has_more ? (last.rows.at(-1)?.sequence ?? null) : null),
  });
  return { query, events: computed(() => query.data.value?.pages.flatMap((page) => page.rows) ?? []) };
}
