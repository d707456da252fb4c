import { useMutation } from '@tanstack/vue-query';
import type { Ref } from 'vue';
import type { RpcArgs } from '@contracts/rpc/index.ts';
import { callFunction, callRpc } from '@/base/api.ts';
import { usePagedQuery } from '@/shared/list/usePagedQuery.ts';
import { SYSTEM, type AuditFilters, type ChainReport } from './types.ts';

export const auditKeys = {
  all: ['audit'] as const,
  list: (filters: AuditFilters) => [...auditKeys.all, 'list', filters] as const,
};

/** Midnight that begins a day here; `days` later. */
function midnight(day: string, days = 0): string {
  const date = new Date(`${day}T00:00:00`);
  date.setDate(date.getDate() + days);
  return date.toISOString();
}

/** The filters as the database's function takes them; what is not set is left out. */
export function searchArguments(filters: AuditFilters): RpcArgs<'search_events'> {
  return {
    ...(filters.q.trim() ? { query: filters.q.trim() } : {}),
    ...(filters.type.length ? { event_types: filters.type } : {}),
    ...(filters.actor === SYSTEM ? { actor_kind: SYSTEM } : filters.actor ? { actor_id: filters.actor } : {}),
    ...(filters.license ? { license_id: filters.license } : {}),
    ...(filters.from ? { from_time: midnight(filters.from) } : {}),
    ...(filters.to ? { to_time: midnight(filters.to, 1) } : {}),
    page: filters.page,
    page_size: filters.size,
  };
}

export const searchEvents = (args: RpcArgs<'search_events'>, signal?: AbortSignal) =>
  callRpc('search_events', args, signal);

export const useAuditList = (filters: Ref<AuditFilters>) =>
  usePagedQuery(
    filters,
    auditKeys.list,
    (asked, signal) => searchEvents(searchArguments(asked), signal),
    // The trail is not published: a list that moved by itself would be hard to read.
    { live: false },
  );

/** Recomputes the chain, proves its seals, and compares the copies somebody kept outside. */
export const useVerifyChain = () =>
  useMutation({
    mutationFn: (copies: string[] = []) => callFunction<ChainReport>('audit-verify', { copies }),
  });
