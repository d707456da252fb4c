import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query';
import { computed, type Ref } from 'vue';
import { callFunction, callRpc } from '@/base/api.ts';
import type { Role } from '@/shared/session.ts';
import { staffKeys, type StaffMember } from '@/shared/staff.ts';
import { filterStaff, type Invitation, type StaffActionKind, type StaffFilters } from './staff.ts';

/** The team as filtered here; it is read whole. */
export function useStaffList(filters: Ref<StaffFilters>) {
  const query = useQuery({
    queryKey: [...staffKeys.all, 'list'] as const,
    queryFn: ({ signal }) => callRpc('list_staff', {}, signal),
  });
  const data = computed(() => {
    const rows = query.data.value && filterStaff(query.data.value, filters.value);
    return rows && { rows, total: rows.length };
  });
  return { ...query, data };
}

type StaffRequest = ({ action: 'invite' } & Invitation) | { action: StaffActionKind; user_id: string; role?: Role };

/** Through the Edge Function: half of each act belongs to Supabase Auth. */
export function useStaffAdmin() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (request: StaffRequest) =>
      callFunction<{ staff: StaffMember; mail?: 'invitation' | 'recovery' }>('staff-admin', { ...request }),
    onSuccess: () => client.invalidateQueries({ queryKey: staffKeys.all }),
  });
}
