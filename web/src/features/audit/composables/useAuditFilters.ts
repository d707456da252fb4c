import { computed } from 'vue';
import { dayParam, intParam, listParam, textParam, useUrlState, uuidParam } from '@/shared/url-state.ts';
import { SYSTEM, type AuditFilters } from '../types.ts';

/** Search, filters and page of the trail, in the URL. */
export function useAuditFilters() {
  const url = useUrlState({
    q: textParam('', 300),
    type: listParam(),
    actor: uuidParam([SYSTEM]),
    license: uuidParam(),
    from: dayParam(),
    to: dayParam(),
    page: intParam(1),
    size: intParam(50, { min: 1, max: 200 }),
  });
  const filters = computed<AuditFilters>(() => url.state.value);
  return {
    filters,
    active: computed(() => {
      const { q, type, actor, license, from, to } = filters.value;
      return [q, actor, license, from, to].filter(Boolean).length + (type.length ? 1 : 0);
    }),
    set: (values: Partial<AuditFilters>, options?: { replace?: boolean }) =>
      url.patch('page' in values ? values : { ...values, page: 1 }, options),
    clear: () => url.reset(['q', 'type', 'actor', 'license', 'from', 'to', 'page']),
  };
}
