import type { LicenseStatus } from '@/shared/license-status.ts';
import type { LicenseRow } from './types.ts';

/** Columns of `licenses` as realtime sends them; `status` there is a write-back that may lag. */
export interface LicenseChange {
  id: string;
  email: string;
  plan: LicenseRow['plan'];
  expires_at: string;
  grace_until: string;
  revoked_at: string | null;
  suspended_at: string | null;
  deleted_at: string | null;
  auto_renew: boolean;
  payment_method: LicenseRow['payment_method'];
  last_check_in: string | null;
  client_version: string | null;
  client_os: string | null;
  hwid_hint: string;
  notes: string | null;
}

/** The same rule as the database's `license_state`. */
export function licenseStatus(
  license: Pick<LicenseChange, 'revoked_at' | 'suspended_at' | 'expires_at' | 'grace_until'>,
  now: Date,
): LicenseStatus {
  if (license.revoked_at) return 'revoked';
  if (license.suspended_at) return 'suspended';
  if (now < new Date(license.expires_at)) return 'active';
  return now < new Date(license.grace_until) ? 'grace_period' : 'expired';
}

export function rowPatch(change: LicenseChange, now: Date): Partial<LicenseRow> {
  const {
    email,
    plan,
    expires_at,
    grace_until,
    auto_renew,
    payment_method,
    last_check_in,
    client_version,
    client_os,
    hwid_hint,
    notes,
  } = change;
  return {
    email,
    plan,
    expires_at,
    grace_until,
    auto_renew,
    payment_method,
    last_check_in,
    client_version,
    client_os,
    hwid_hint,
    notes,
    status: licenseStatus(change, now),
  };
}

const SHOWN = ['email', 'plan', 'expires_at', 'auto_renew', 'payment_method', 'hwid_hint', 'notes', 'status'] as const;

/** A check-in alone needs no second reading; the rest may move the row, its price or its place. */
export const isMoreThanCheckIn = (row: LicenseRow, patch: Partial<LicenseRow>): boolean =>
  SHOWN.some(
    (key) => key in patch && String(patch[key] ?? '') !== String(row[key] ?? '') && !sameInstant(patch[key], row[key]),
  );

const sameInstant = (a: unknown, b: unknown) =>
  typeof a === 'string' && typeof b === 'string' && /^\d{4}-/.test(a) && Date.parse(a) === Date.parse(b);
