import { computed } from 'vue';
import { choiceParam, flagParam, listParam, textParam, useUrlState } from '@/shared/url-state.ts';
import { ROLES, STAFF_SORTS, STAFF_STATES, type StaffFilters } from '../staff.ts';

/** Search, filters and sort of the team, in the URL. */
export function useStaffFilters() {
  const url = useUrlState({
    q: textParam('', 120),
    role: listParam(ROLES),
    state: listParam(STAFF_STATES),
    sort: choiceParam(STAFF_SORTS, 'display_name'),
    desc: flagParam(false),
  });
  const filters = computed<StaffFilters>(() => url.state.value);
  return {
    filters,
    active: computed(() => filters.value.q !== '' || filters.value.role.length > 0 || filters.value.state.length > 0),
    set: url.patch,
    clear: () => url.reset(['q', 'role', 'state']),
  };
}
