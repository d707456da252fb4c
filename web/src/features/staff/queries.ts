import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query';
import { useThrottleFn } from '@vueuse/core';
import { callFunction } from '@/base/api.ts';
import { useRealtimeTable } from '@/shared/realtime.ts';
import type { Role } from '@/shared/session.ts';
import { staffKeys, staffQuery, type StaffMember } from '@/shared/staff.ts';
import type { Invitation, StaffActionKind } from './staff.ts';

/** The team, kept up to date while it is on screen. */
export function useStaffList() {
  const client = useQueryClient();
  const query = useQuery(staffQuery);
  const refetch = useThrottleFn(() => void client.invalidateQueries({ queryKey: staffKeys.all }), 1_000, true);
  useRealtimeTable<StaffMember>({ table: 'staff', onChange: () => void refetch(), onLive: () => void refetch() });
  return query;
}

type StaffRequest = ({ action: 'invite' } & Invitation) | { action: StaffActionKind; user_id: string; role?: Role };

/** Through the Edge Function: half of each act belongs to Supabase Auth. */
export function useStaffAdmin() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (request: StaffRequest) =>
      (await callFunction<{ staff: StaffMember }>('staff-admin', { ...request })).staff,
    onSuccess: () => client.invalidateQueries({ queryKey: staffKeys.all }),
  });
}
