import type { LicenseStatus } from '@/shared/license-status.ts';

export const CUSTOMER_STATES = ['active', 'grace_period', 'expired', 'revoked', 'none'] as const;
export const CUSTOMER_SORTS = ['created_at', 'email', 'name', 'company'] as const;
/** The best state of their licences; `none` without one. */
export type CustomerState = LicenseStatus | 'none';
export type CustomerSort = (typeof CUSTOMER_SORTS)[number];

/** Minor units of one currency; currencies are never added. */
export interface Amount {
  currency: string;
  cents: number;
}

/** A row of `search_customers`; times are ISO 8601 in UTC. */
export interface CustomerRow {
  id: string;
  email: string;
  name: string | null;
  company: string | null;
  locale: string;
  created_at: string;
  /** When the person was forgotten. */
  anonymized_at: string | null;
  licenses: number;
  active_licenses: number;
  mrr: Amount[];
  /** The latest check-in of their licences. */
  last_seen: string | null;
  state: CustomerState;
}

export interface CustomerPage {
  total: number;
  rows: CustomerRow[];
}

export interface CustomerDetails extends Omit<CustomerRow, 'licenses'> {
  consent_at: string | null;
  stripe_customer_id: string | null;
  /** Addresses the person had before, the latest first. */
  former_emails: string[];
  licenses: { id: string; status: LicenseStatus }[];
  totals: { currency: string; succeeded_cents: number; refunded_cents: number }[];
}

export interface CustomerFilters {
  q: string;
  segment: CustomerState | '';
  sort: CustomerSort;
  desc: boolean;
  page: number;
  size: number;
}
