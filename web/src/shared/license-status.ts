import type { Tone } from './components/StatusBadge.vue';

export const LICENSE_STATUSES = ['active', 'grace_period', 'expired', 'revoked'] as const;
export type LicenseStatus = (typeof LICENSE_STATUSES)[number];

export const statusTones: Record<LicenseStatus, Tone> = {
  active: 'success',
  grace_period: 'warning',
  expired: 'neutral',
  revoked: 'error',
};
