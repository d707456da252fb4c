import type { LicenseSort, PaymentMethod } from '@contracts/constants/licenses.ts';
import type { RpcResult } from '@contracts/rpc/index.ts';
import type { LicenseStatus } from '@/shared/license-status.ts';
import type { PlanCode } from '@/shared/plans.ts';

export type { CreatedLicense, LicenseDetails, LicenseRow } from '@contracts/rows/license.ts';
export { licenseSorts as SORT_KEYS, paymentMethods as PAYMENT_METHODS } from '@contracts/constants/licenses.ts';
export type { LicenseSort, PaymentMethod };
export type LicenseCheck = RpcResult<'list_license_checks'>['rows'][number];
export type BulkResult = RpcResult<'extend_licenses'>;
export type LicensePage = RpcResult<'search_licenses'>;

export interface LicenseFilters {
  q: string;
  status: LicenseStatus[];
  plan: PlanCode[];
  expiring: number | null;
  renew: boolean | null;
  /** Id of an import; empty: whatever made them. */
  import: string;
  sort: LicenseSort;
  desc: boolean;
  page: number;
  size: number;
}

export interface NewLicense {
  email: string;
  hwid: string;
  plan: PlanCode;
  expires_at: string | null;
  payment_method: PaymentMethod;
  notes: string | null;
  send_email: boolean;
  locale: 'fr' | 'en';
}

/** A whole result for bulk actions goes by this many ids at most. */
export const BULK_LIMIT = 1_000;
