import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/vue-query';
import { computed } from 'vue';
import { callRpc } from '@/base/api.ts';
import { ticketKeys } from '../queries.ts';

/** Asking is a sign of life: the switch stays as it is. */
const presenceQuery = queryOptions({
  queryKey: [...ticketKeys.all, 'presence'],
  queryFn: () => callRpc('set_support_presence', {}),
  staleTime: 30_000,
});

/** Whether tickets are given to this person, and that they are here. */
export function useSupportPresence() {
  const client = useQueryClient();
  const query = useQuery(presenceQuery);
  const change = useMutation({
    mutationFn: (is_available: boolean) => callRpc('set_support_presence', { is_available }),
    onSuccess: (answer) => void client.setQueryData(presenceQuery.queryKey, answer),
  });
  return {
    available: computed(() => query.data.value?.is_available),
    change,
    beat: () => void client.refetchQueries({ queryKey: presenceQuery.queryKey }),
  };
}
