import { computed } from 'vue';
import {
  choiceParam,
  codesParam,
  flagParam,
  intParam,
  listParam,
  optionalFlagParam,
  optionalIntParam,
  textParam,
  useUrlState,
  uuidParam,
} from '@/shared/url-state.ts';
import { LICENSE_STATUSES } from '@/shared/license-status.ts';
import { SORT_KEYS, type LicenseFilters } from '../types.ts';

/** Search, filters, sort and page of the list, in the URL. Changing what is listed goes back to page 1. */
export function useLicenseFilters() {
  const url = useUrlState({
    q: textParam('', 300),
    status: listParam(LICENSE_STATUSES),
    plan: codesParam(),
    expiring: optionalIntParam({ min: 1, max: 3660 }),
    renew: optionalFlagParam(),
    import: uuidParam(),
    sort: choiceParam(SORT_KEYS, 'created_at'),
    desc: flagParam(true),
    page: intParam(1),
    size: intParam(25, { min: 1, max: 200 }),
  });
  const filters = computed<LicenseFilters>(() => url.state.value);
  const active = computed(() => {
    const { q, status, plan, expiring, renew, import: madeBy } = filters.value;
    return [q !== '', status.length > 0, plan.length > 0, expiring !== null, renew !== null, madeBy !== ''].filter(
      Boolean,
    ).length;
  });
  return {
    filters,
    /** How many filters are set, the search included. */
    active,
    queryString: url.queryString,
    load: url.load,
    set: (values: Partial<LicenseFilters>, options?: { replace?: boolean }) =>
      url.patch('page' in values ? values : { ...values, page: 1 }, options),
    clear: () => url.reset(['q', 'status', 'plan', 'expiring', 'renew', 'import', 'page']),
  };
}
