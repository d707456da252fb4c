import { useInfiniteQuery, useMutation, useQuery, useQueryClient, type InfiniteData } from '@tanstack/vue-query';
import { computed } from 'vue';
import { callRpc } from '@/base/api.ts';
import { supabase } from '@/base/supabase.ts';
import type { ConsoleAlert } from '@/shared/alerts.ts';
import type { AlertPage } from './types.ts';

export const alertKeys = {
  all: ['alerts'] as const,
  unread: () => [...alertKeys.all, 'unread'] as const,
  list: () => [...alertKeys.all, 'list'] as const,
};

const PAGE_SIZE = 30;

/** An alert as it came by the live stream, with its customer's address looked up; as it came when that fails. */
export async function withCustomer(alert: ConsoleAlert): Promise<ConsoleAlert> {
  if (!alert.customer_id || alert.customer_email !== undefined) return alert;
  const { data, error } = await supabase.from('customers').select('email').eq('id', alert.customer_id).maybeSingle();
  // Its toast is worth more than the name in it.
  if (error) return alert;
  return { ...alert, customer_email: (data as { email: string } | null)?.email ?? null };
}

export const useUnreadAlerts = () =>
  useQuery({
    queryKey: alertKeys.unread(),
    queryFn: ({ signal }) => callRpc('count_unread_alerts', {}, signal),
  });

/** Newest first, older ones page after page. */
export function useAlertList() {
  const query = useInfiniteQuery({
    queryKey: alertKeys.list(),
    queryFn: ({ pageParam, signal }) => callRpc('list_alerts', { page_size: PAGE_SIZE, ...pageParam }, signal),
    initialPageParam: {} as { before?: string; before_id?: string },
    getNextPageParam: ({ rows, has_more }) => {
      const last = rows.at(-1);
      return has_more && last ? { before: last.created_at, before_id: last.id } : null;
    },
  });
  return { query, alerts: computed(() => query.data.value?.pages.flatMap((page) => page.rows) ?? []) };
}

/** Null marks all; shown at once, taken back when the database refuses. */
export function useMarkRead() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (ids: string[] | null) => callRpc('mark_alerts_read', ids ? { alert_ids: ids } : {}),
    onMutate: async (ids) => {
      await client.cancelQueries({ queryKey: alertKeys.all });
      const before = client.getQueryData<InfiniteData<AlertPage>>(alertKeys.list());
      client.setQueryData<InfiniteData<AlertPage>>(
        alertKeys.list(),
        (data) =>
          data && {
            ...data,
            pages: data.pages.map((page) => ({
              ...page,
              rows: page.rows.map((row) => (ids === null || ids.includes(row.id) ? { ...row, is_read: true } : row)),
            })),
          },
      );
      return { before };
    },
    onError: (_error, _ids, context) => void client.setQueryData(alertKeys.list(), context?.before),
    onSettled: () => client.invalidateQueries({ queryKey: alertKeys.all }),
  });
}
