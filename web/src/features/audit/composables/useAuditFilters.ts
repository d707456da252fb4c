import { computed } from 'vue'
import { intParam, listParam, textParam, useUrlState, type UrlParam } from '@/shared/url-state.ts'
import type { AuditFilters } from '../types.ts'

/** Kept out when it cannot be what it should: the database would refuse the whole page. */
const checkedParam = (isRight: (text: string) => boolean): UrlParam<string> => ({
  initial: '',
  read: (raw) => (raw !== undefined && isRight(raw) ? raw : ''),
  write: (value) => value || undefined,
})
const isUuid = (text: string) => /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text)
/** 31 February is none. */
function isDay(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`)
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)
}

/** Search, filters and page of the trail, in the URL. */
export function useAuditFilters() {
  const url = useUrlState({
    q: textParam('', 300),
    type: listParam(),
    actor: checkedParam(isUuid),
    license: checkedParam(isUuid),
    from: checkedParam(isDay),
    to: checkedParam(isDay),
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
