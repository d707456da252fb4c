import type { Tone } from '@/shared/components/StatusBadge.vue';
import { rolePermissions } from '@contracts/permissions.generated.ts';
import type { Role } from '@/shared/session.ts';
import type { ListedStaff } from '@contracts/rows/staff.ts';
import type { StaffActionName } from '@contracts/constants/staff.ts';
import type { StaffMember } from '@/shared/staff.ts';
import type { RowAction } from '@/shared/useActionItems.ts';

/** A member as the page lists them, with what may be done to them. */
export type { ListedStaff };

export const ROLES: readonly Role[] = ['admin', 'support', 'viewer'];
export const STAFF_STATES = ['active', 'invited', 'deactivated'] as const;
export const STAFF_SORTS = ['display_name', 'role', 'state', 'last_sign_in_at', 'created_at'] as const;

/** What the permission table grants a role, by subject, reading first: `{licenses: ['read', 'export'], …}`. */
export function grantsOf(role: Role): Record<string, string[]> {
  const grants: Record<string, string[]> = {};
  for (const permission of rolePermissions[role]) {
    const [subject = '', action = ''] = permission.split('.');
    const actions = (grants[subject] ??= []);
    if (action === 'read') actions.unshift(action);
    else actions.push(action);
  }
  return grants;
}

export type StaffState = (typeof STAFF_STATES)[number];
export type StaffSort = (typeof STAFF_SORTS)[number];

export const stateTones: Record<StaffState, Tone> = { active: 'success', invited: 'info', deactivated: 'neutral' };

/** Invited: asked in and never signed in with a second factor since. */
export function staffState(member: Pick<StaffMember, 'is_active' | 'last_sign_in_at'>): StaffState {
  if (!member.is_active) return 'deactivated';
  return member.last_sign_in_at ? 'active' : 'invited';
}

export type StaffActionKind = StaffActionName;

export const STAFF_ACTIONS: readonly RowAction<StaffActionKind>[] = [
  { kind: 'set_role', icon: 'i-lucide-shield', danger: false },
  {
    kind: 'resend_invitation',
    icon: 'i-lucide-mail',
    danger: false,
    pointlessWhen: ['email_exists', 'staff_inactive'],
  },
  { kind: 'reactivate', icon: 'i-lucide-user-check', danger: false, pointlessWhen: ['staff_active'] },
  { kind: 'reset_mfa', icon: 'i-lucide-smartphone', danger: true },
  { kind: 'deactivate', icon: 'i-lucide-user-x', danger: true, pointlessWhen: ['staff_inactive'] },
];

export interface StaffFilters {
  q: string;
  role: Role[];
  state: StaffState[];
  sort: StaffSort;
  desc: boolean;
}

const plain = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

function compare(a: StaffMember, b: StaffMember, sort: StaffSort): number {
  if (sort === 'state') return STAFF_STATES.indexOf(staffState(a)) - STAFF_STATES.indexOf(staffState(b));
  if (sort === 'role') return ROLES.indexOf(a.role) - ROLES.indexOf(b.role);
  return (a[sort] ?? '').localeCompare(b[sort] ?? '', 'fr');
}

/** A team is small: it is read whole and sifted here. */
export function filterStaff(members: readonly ListedStaff[], filters: StaffFilters): ListedStaff[] {
  const needle = plain(filters.q.trim());
  return members
    .filter((member) => !needle || plain(`${member.display_name} ${member.email}`).includes(needle))
    .filter((member) => filters.role.length === 0 || filters.role.includes(member.role))
    .filter((member) => filters.state.length === 0 || filters.state.includes(staffState(member)))
    .sort(
      (a, b) =>
        compare(a, b, filters.sort) * (filters.desc ? -1 : 1) || a.display_name.localeCompare(b.display_name, 'fr'),
    );
}

// The rule of staff-admin.
const ADDRESS = /^[^@\s]+@[^@\s]+\.[^@\s]+$/;
export const isAddress = (text: string): boolean => text.trim().length <= 254 && ADDRESS.test(text.trim());

export interface Invitation {
  display_name: string;
  email: string;
  role: Role;
}
