import type { LicenseActionName } from '@contracts/constants/licenses.ts';
import type { RowAction } from '@/shared/useActionItems.ts';
import type { LicenseRow } from './types.ts';

/** Those of every licence's menu; the licence's own page has its file and “log in as” besides. */
export type LicenseActionKind = Exclude<LicenseActionName, 'download_file' | 'login_as'>;

export interface LicenseActionRequest {
  kind: LicenseActionKind;
  licenses: LicenseRow[];
}

export const LICENSE_ACTIONS: readonly RowAction<LicenseActionKind>[] = [
  { kind: 'extend', icon: 'i-lucide-calendar-plus', danger: false },
  { kind: 'change_plan', icon: 'i-lucide-arrow-left-right', danger: false },
  { kind: 'transfer', icon: 'i-lucide-monitor-up', danger: false },
  { kind: 'send_key', icon: 'i-lucide-send', danger: false },
  { kind: 'renew_key', icon: 'i-lucide-key-round', danger: true },
  { kind: 'suspend', icon: 'i-lucide-circle-pause', danger: true, pointlessWhen: ['license_suspended'] },
  {
    kind: 'reinstate',
    icon: 'i-lucide-circle-play',
    danger: false,
    pointlessWhen: ['license_not_suspended', 'license_revoked'],
  },
  { kind: 'revoke', icon: 'i-lucide-ban', danger: true },
  { kind: 'delete', icon: 'i-lucide-trash-2', danger: true },
];
