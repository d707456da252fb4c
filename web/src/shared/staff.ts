import { queryOptions } from '@tanstack/vue-query';
import { unwrap } from '@/base/api.ts';
import type { Role } from './session.ts';
import { supabase } from '@/base/supabase.ts';

export interface StaffMember {
  user_id: string;
  email: string;
  display_name: string;
  role: Role;
  is_active: boolean;
  invited_at: string | null;
  last_sign_in_at: string | null;
  created_at: string;
  updated_at: string;
}

export const staffKeys = { all: ['staff'] as const };

/** Everybody who works here; a person without staff.read gets their own row only. */
export const staffQuery = queryOptions({
  queryKey: staffKeys.all,
  queryFn: () =>
    unwrap(
      supabase
        .from('staff')
        .select('user_id,email,display_name,role,is_active,invited_at,last_sign_in_at,created_at,updated_at')
        .order('display_name')
        .overrideTypes<StaffMember[], { merge: false }>(),
    ),
});
