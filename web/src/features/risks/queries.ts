import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query';
import { computed, type Ref } from 'vue';
import type { RiskReason } from '@contracts/constants/risks.ts';
import type { RpcResult } from '@contracts/rpc/index.ts';
import { callRpc } from '@/base/api.ts';

export type Risk = RpcResult<'list_risks'>['rows'][number];
export interface RiskFilter {
  reason: RiskReason | '';
  page: number;
}
export const PAGE = 25;

export const riskKeys = {
  all: ['risks'] as const,
  list: (filter: RiskFilter) => [...riskKeys.all, 'list', filter] as const,
  quality: () => [...riskKeys.all, 'quality'] as const,
};

export const fetchRisks = ({ reason, page }: RiskFilter, size = PAGE, signal?: AbortSignal) =>
  callRpc('list_risks', { reason: reason || null, page, page_size: size }, signal);

export const useRisks = (filter: Ref<RiskFilter>) =>
  useQuery({
    queryKey: computed(() => riskKeys.list(filter.value)),
    queryFn: ({ signal }) => fetchRisks(filter.value, PAGE, signal),
    placeholderData: (before) => before,
  });

export const useRiskQuality = () =>
  useQuery({ queryKey: riskKeys.quality(), queryFn: ({ signal }) => callRpc('get_risk_quality', {}, signal) });

export function useNoteContact() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, note }: { id: string; note: string }) =>
      callRpc('note_risk_contact', { risk_id: id, note: note.trim() || null }),
    // Gone meanwhile: the list says so by itself.
    onSettled: () => client.invalidateQueries({ queryKey: riskKeys.all }),
  });
}

export function useRemind() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (subscriptionId: string) =>
      callRpc('send_subscription_reminders', { subscription_ids: [subscriptionId] }),
    onSettled: () => client.invalidateQueries({ queryKey: riskKeys.all }),
  });
}
