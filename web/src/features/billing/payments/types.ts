import type { PlanCode } from '@/shared/plans.ts';

export const PAYMENT_STATUSES = ['succeeded', 'failed', 'pending', 'refunded', 'disputed'] as const;
export const PAYMENT_SORTS = ['payment_date', 'amount', 'email', 'status'] as const;
export type PaymentStatus = (typeof PAYMENT_STATUSES)[number];
export type PaymentSort = (typeof PAYMENT_SORTS)[number];

/** One attempt to charge; times are ISO 8601 in UTC, money in cents. */
export interface PaymentRow {
  id: string;
  license_id: string | null;
  subscription_id: string | null;
  customer_id: string | null;
  email: string;
  stripe_payment_id: string;
  stripe_payment_intent_id: string | null;
  stripe_invoice_id: string | null;
  invoice_number: string | null;
  invoice_url: string | null;
  invoice_pdf_url: string | null;
  amount: number;
  amount_refunded: number;
  currency: string;
  status: 'succeeded' | 'failed' | 'pending';
  payment_date: string;
  payment_method: string | null;
  card_brand: string | null;
  card_last4: string | null;
  failure_code: string | null;
  failure_message: string | null;
  dispute_status: string | null;
}

/** A row of `search_payments`. */
export interface ListedPayment extends PaymentRow {
  customer_name: string | null;
  plan: PlanCode | null;
}

/** Sums in minor units of one currency: currencies are never added. */
export interface PaymentSums {
  succeeded_cents: number;
  refunded_cents: number;
  failed_cents: number;
  succeeded_count: number;
  failed_count: number;
}

export interface PaymentPage {
  total: number;
  rows: ListedPayment[];
  /** The currency of most payments first. */
  totals: PaymentTotals[];
}

export interface PaymentTotals extends PaymentSums {
  currency: string;
}

export interface PaymentDay extends PaymentSums {
  /** Calendar day where the business is, `2026-11-23`. */
  day: string;
}

/** An answer of `daily_payments`. */
export interface PaymentDays {
  time_zone: string;
  currency: string;
  /** Payments in these are left out. */
  other_currencies: string[];
  days: PaymentDay[];
}

/** Whose payments. */
export type PaymentSubject = { license_id: string } | { customer_id: string };

export interface PaymentFilters {
  q: string;
  status: PaymentStatus[];
  /** Days in Paris, both included; empty is open. */
  from: string;
  to: string;
  sort: PaymentSort;
  desc: boolean;
  page: number;
  size: number;
}
