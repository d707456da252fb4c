import type { LicenseStatus } from '@/shared/license-status.ts';
import type { LicenseRow } from './types.ts';

export type LicenseActionKind = 'extend' | 'change_plan' | 'transfer' | 'suspend' | 'reinstate' | 'revoke' | 'delete';

export interface LicenseActionRequest {
  kind: LicenseActionKind;
  licenses: LicenseRow[];
}

export interface LicenseAction {
  kind: LicenseActionKind;
  icon: string;
  permission: string;
  danger: boolean;
}

const ACTIONS: LicenseAction[] = [
  { kind: 'extend', icon: 'i-lucide-calendar-plus', permission: 'licenses.update', danger: false },
  { kind: 'change_plan', icon: 'i-lucide-arrow-left-right', permission: 'licenses.change_plan', danger: false },
  { kind: 'transfer', icon: 'i-lucide-monitor-up', permission: 'licenses.transfer', danger: false },
  { kind: 'suspend', icon: 'i-lucide-circle-pause', permission: 'licenses.suspend', danger: true },
  { kind: 'reinstate', icon: 'i-lucide-circle-play', permission: 'licenses.suspend', danger: false },
  { kind: 'revoke', icon: 'i-lucide-ban', permission: 'licenses.revoke', danger: true },
  { kind: 'delete', icon: 'i-lucide-trash-2', permission: 'licenses.delete', danger: true },
];

/**
 * What this person may do to a licence in this state. A subscription decides the plan of a governed one. The database
 * decides again.
 */
export const actionsFor = (
  can: (permission: string) => boolean,
  { status, governed = false }: { status: LicenseStatus; governed?: boolean },
): LicenseAction[] =>
  ACTIONS.filter(
    (action) =>
      can(action.permission) &&
      (status !== 'revoked' || action.kind === 'delete') &&
      action.kind !== (status === 'suspended' ? 'suspend' : 'reinstate') &&
      !(governed && action.kind === 'change_plan'),
  );
