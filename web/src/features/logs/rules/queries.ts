import {
  keepPreviousData,
  queryOptions,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/vue-query';
import { computed } from 'vue';
import type { RpcArgs, RpcResult } from '@contracts/rpc/index.ts';
import { callRpc } from '@/base/api.ts';

export type LogRule = RpcResult<'list_log_rules'>['rows'][number];
export type LogRuleInput = RpcArgs<'save_log_rule'>['rule'];
export type LogFiring = RpcResult<'list_log_firings'>['rows'][number];
export type LogPreview = RpcResult<'preview_log_alert'>;

export const logRuleKeys = {
  all: ['log_rules'] as const,
  list: () => [...logRuleKeys.all, 'list'] as const,
  firings: (ruleId: string) => [...logRuleKeys.all, 'firings', ruleId] as const,
  preview: (rule: LogRuleInput) => [...logRuleKeys.all, 'preview', rule] as const,
};

export const logRulesQuery = queryOptions({
  queryKey: logRuleKeys.list(),
  queryFn: async ({ signal }) => (await callRpc('list_log_rules', {}, signal)).rows,
});

const PAGE = 20;
export const useLogFirings = (ruleId: () => string) =>
  useInfiniteQuery({
    queryKey: computed(() => logRuleKeys.firings(ruleId())),
    queryFn: ({ pageParam, signal }) =>
      callRpc('list_log_firings', { rule_id: ruleId(), before_id: pageParam, page_size: PAGE }, signal),
    initialPageParam: null as number | null,
    getNextPageParam: ({ rows, has_more }) => (has_more ? (rows.at(-1)?.id ?? null) : null),
  });

/** What a rule would have done; asked only for one that is whole. */
export const useLogPreview = (rule: () => LogRuleInput, isWhole: () => boolean) =>
  useQuery({
    queryKey: computed(() => logRuleKeys.preview(rule())),
    queryFn: ({ signal }) => callRpc('preview_log_alert', { rule: rule() }, signal),
    enabled: computed(isWhole),
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: 60_000,
  });

function useRuleAct<Name extends 'save_log_rule' | 'delete_log_rule' | 'pause_log_rules'>(name: Name) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (input: RpcArgs<Name>) => callRpc(name, input),
    onSuccess: () => client.invalidateQueries({ queryKey: logRuleKeys.list() }),
  });
}
export const useSaveRule = () => useRuleAct('save_log_rule');
export const useDeleteRule = () => useRuleAct('delete_log_rule');
export const usePauseRules = () => useRuleAct('pause_log_rules');
