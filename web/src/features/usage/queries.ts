import { useQuery } from '@tanstack/vue-query';
import type { RpcResult } from '@contracts/rpc/index.ts';
import { computed } from 'vue';
import { callRpc } from '@/base/api.ts';

export type Usage = RpcResult<'get_usage'>;
export type UsageSubject = { license_id: string } | { customer_id: string };

export const usageKeys = {
  all: ['usage'] as const,
  of: (subject: UsageSubject) => [...usageKeys.all, subject] as const,
};

/** The last 90 days, this month and its features in one answer: whatever is looked at next is there. */
export const useUsage = (subject: () => UsageSubject) =>
  useQuery({
    queryKey: computed(() => usageKeys.of(subject())),
    queryFn: ({ signal }) => callRpc('get_usage', subject(), signal),
  });
