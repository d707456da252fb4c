import { computed } from 'vue'
import { intParam, listParam, textParam, useUrlState, type UrlParam } from '@/shared/url-state.ts'
import type { AuditFilters } from '../types.ts'

/** Kept out when it cannot be what it should: the database would refuse the whole page. */
const patternParam = (pattern: RegExp): UrlParam<string> => ({
  initial: '',
  read: (raw) => (raw !== undefined && pattern.test(raw) ? raw : ''),
  write: (value) => value || undefined,
})
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const DAY = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/

/** Search, filters and page of the trail, in the URL. */
export function useAuditFilters() {
  const url = useUrlState({
    q: textParam('', 300),
    type: listParam(),
    actor: patternParam(UUID),
    license: patternParam(UUID),
    from: patternParam(DAY),
    to: patternParam(DAY),
    page: intParam(1),
    size: intParam(50, { min: 1, max: 200 }),
  })
  const filters = computed<AuditFilters>(() => url.state.value)
  return {
    filters,
    active: computed(() => {
      const { q, type, actor, license, from, to } = filters.value
      return [q, actor, license, from, to].filter(Boolean).length + (type.length ? 1 : 0)
    }),
    set: (values: Partial<AuditFilters>, options?: { replace?: boolean }) => url.patch('page' in values ? values : { ...values, page: 1 }, options),
    clear: () => url.reset(['q', 'type', 'actor', 'license', 'from', 'to', 'page']),
  }
}
