import type { ListedStaff } from './staff.ts';

/** A member of staff for tests. */
export const member = (over: Partial<ListedStaff> = {}): ListedStaff => ({
  user_id: '00000000-0000-4000-8000-000000000002',
  email: 'marc@example.com',
  display_name: 'Marc Lefèvre',
  role: 'support',
  locale: null,
  is_active: true,
  skills: [],
  invited_at: '2026-10-01T08:00:00Z',
  last_sign_in_at: '2026-11-20T08:00:00Z',
  created_at: '2026-10-01T08:00:00Z',
  updated_at: '2026-11-20T08:00:00Z',
  actions: {
    set_role: null,
    resend_invitation: 'email_exists',
    reactivate: 'staff_active',
    reset_mfa: null,
    deactivate: null,
  },
  ...over,
});
