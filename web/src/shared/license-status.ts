import type { LicenseStatus } from '@contracts/constants/licenses.ts';
import type { Tone } from './components/StatusBadge.vue';

export { licenseStatuses as LICENSE_STATUSES } from '@contracts/constants/licenses.ts';
export type { LicenseStatus };

export const statusTones: Record<LicenseStatus, Tone> = {
  active: 'success',
  grace_period: 'warning',
  suspended: 'info',
  expired: 'neutral',
  revoked: 'error',
};
