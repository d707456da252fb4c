import type { LicenseStatus } from '@/shared/license-status.ts';
import type { Plan, PlanCode } from '@/shared/plans.ts';

export const PAYMENT_METHODS = ['stripe', 'paypal', 'bank_transfer', 'manual'] as const;
export const SORT_KEYS = ['email', 'plan', 'status', 'expires_at', 'mrr_cents', 'last_check_in', 'created_at'] as const;

export type PaymentMethod = (typeof PAYMENT_METHODS)[number];
export type LicenseSort = (typeof SORT_KEYS)[number];

/** A row of `search_licenses`; times are ISO 8601 in UTC, money in cents. */
export interface LicenseRow {
  id: string;
  customer_id: string;
  email: string;
  customer_name: string | null;
  plan: PlanCode;
  status: LicenseStatus;
  expires_at: string;
  grace_until: string | null;
  auto_renew: boolean;
  payment_method: PaymentMethod;
  mrr_cents: number;
  currency: string;
  last_check_in: string | null;
  client_version: string | null;
  client_os: string | null;
  license_key_hint: string;
  hwid_hint: string;
  notes: string | null;
  /** The Stripe subscription it belongs to, running or ended. */
  subscription_id: string | null;
  /** End of what its subscription has paid. */
  paid_until: string | null;
  created_at: string;
}

export interface LicensePage {
  total: number;
  rows: LicenseRow[];
}

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

export interface LicenseDetails extends LicenseRow {
  customer: {
    id: string;
    email: string;
    name: string | null;
    company: string | null;
    locale: string;
    created_at: string;
  };
  plan_details: Omit<Plan, 'is_active'>;
  /** Null once the customer was forgotten. */
  hwid: string | null;
  issued_at: string;
  revoked_at: string | null;
  revoked_reason: string | null;
  stripe_subscription_id: string | null;
  /** A running subscription decides plan and renewal. */
  governed: boolean;
  /** Payments less refunds; null before the first payment. */
  revenue: { currency: string; cents: number }[];
  created_by_name: string | null;
  import_id: string | null;
  deleted_at: string | null;
  can_delete: boolean;
  updated_at: string;
}

/** `create_license` answers the whole key, once. */
export interface CreatedLicense extends LicenseRow {
  license_key: string;
}

export interface NewLicense {
  email: string;
  hwid: string;
  plan: PlanCode;
  expires_at: string | null;
  auto_renew: boolean;
  payment_method: PaymentMethod;
  notes: string | null;
  send_email: boolean;
}

export interface BulkResult {
  done: number;
  errors: { license_id: string; reason: string }[];
}

/** A whole result for bulk actions goes by this many ids at most. */
export const BULK_LIMIT = 1_000;
