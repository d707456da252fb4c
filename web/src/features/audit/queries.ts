import { keepPreviousData, useMutation, useQuery } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'
import { callRpc } from '@/shared/api.ts'
import type { AuditFilters, AuditPage, ChainReport } from './types.ts'

export const auditKeys = {
  all: ['audit'] as const,
  list: (filters: AuditFilters) => [...auditKeys.all, 'list', filters] as const,
}

/** Midnight that begins a day here; `days` later. */
function midnight(day: string, days = 0): string | null {
  const date = new Date(`${day}T00:00:00`)
  if (Number.isNaN(date.getTime())) return null
  date.setDate(date.getDate() + days)
  return date.toISOString()
}

/** The filters as the database's function takes them; what is not set is left out. */
export function searchArguments(filters: AuditFilters): Record<string, unknown> {
  const from = filters.from ? midnight(filters.from) : null
  const to = filters.to ? midnight(filters.to, 1) : null
  return {
    ...(filters.q.trim() ? { query: filters.q.trim() } : {}),
    ...(filters.type.length ? { event_types: filters.type } : {}),
    ...(filters.actor ? { actor_id: filters.actor } : {}),
    ...(filters.license ? { license_id: filters.license } : {}),
    ...(from ? { from_time: from } : {}),
    ...(to ? { to_time: to } : {}),
    page: filters.page,
    page_size: filters.size,
  }
}

export const searchEvents = (args: Record<string, unknown>, signal?: AbortSignal) => callRpc<AuditPage>('search_events', args, signal)

export function useAuditList(filters: Ref<AuditFilters>) {
  return useQuery({
    queryKey: computed(() => auditKeys.list(filters.value)),
    queryFn: ({ signal }) => searchEvents(searchArguments(filters.value), signal),
    placeholderData: keepPreviousData,
  })
}

export const useVerifyChain = () => useMutation({ mutationFn: () => callRpc<ChainReport>('audit_verify') })
