import type { LicenseStatus } from '@/shared/license-status.ts';
import type { PlanCode } from '@/shared/plans.ts';
import type { PaymentRow } from '../payments/types.ts';

export const SUBSCRIPTION_STATUSES = [
  'active',
  'trialing',
  'past_due',
  'unpaid',
  'paused',
  'incomplete',
  'incomplete_expired',
  'canceled',
] as const;
export const ATTENTIONS = ['failed', 'expiring', 'canceling', 'unlinked'] as const;
export const SUBSCRIPTION_SORTS = [
  'email',
  'plan',
  'amount_cents',
  'mrr_cents',
  'current_period_end',
  'status',
  'created_at',
] as const;
export type SubscriptionStatus = (typeof SUBSCRIPTION_STATUSES)[number];
export type Attention = (typeof ATTENTIONS)[number];
export type SubscriptionSort = (typeof SUBSCRIPTION_SORTS)[number];
export type BillingInterval = 'day' | 'week' | 'month' | 'year';

export interface Discount {
  id: string;
  coupon_id: string | null;
  name: string | null;
  percent_off: number | null;
  amount_off_cents: number | null;
  duration: 'once' | 'repeating' | 'forever';
  ends_at: string | null;
  promotion_code: string | null;
}

/** A row of `search_subscriptions`; times are ISO 8601 in UTC, money in cents. */
export interface SubscriptionRow {
  id: string;
  stripe_subscription_id: string;
  stripe_customer_id: string;
  customer_id: string | null;
  email: string;
  customer_name: string | null;
  license_id: string | null;
  license_key_hint: string | null;
  plan: PlanCode | null;
  status: SubscriptionStatus;
  /** Per interval, before discounts. */
  amount_cents: number;
  currency: string;
  quantity: number;
  billing_interval: BillingInterval;
  interval_count: number;
  mrr_cents: number;
  current_period_start: string;
  current_period_end: string;
  cancel_at_period_end: boolean;
  cancel_at: string | null;
  canceled_at: string | null;
  ended_at: string | null;
  trial_end: string | null;
  collection_paused: boolean;
  discounts: Discount[];
  card_brand: string | null;
  card_last4: string | null;
  payment_failed_at: string | null;
  failure_code: string | null;
  reminded_at: string | null;
  livemode: boolean;
  started_at: string;
  created_at: string;
  is_expiring: boolean;
  next_payment_at: string | null;
}

export interface SubscriptionPage {
  total: number;
  rows: SubscriptionRow[];
}

export interface SubscriptionsSummary {
  failed_today: number;
  failing: number;
  expiring: number;
  expiring_unreminded: number;
  active: number;
  /** By currency, the largest first. */
  mrr: { currency: string; cents: number }[];
}

export interface Invoice {
  id: string;
  stripe_invoice_id: string;
  number: string | null;
  status: 'draft' | 'open' | 'paid' | 'void' | 'uncollectible';
  total: number;
  amount_due: number;
  amount_paid: number;
  amount_remaining: number;
  currency: string;
  attempt_count: number;
  next_payment_attempt: string | null;
  hosted_invoice_url: string | null;
  invoice_pdf_url: string | null;
  issued_at: string;
  paid_at: string | null;
}

export interface Movement {
  id: string;
  kind: 'new' | 'expansion' | 'contraction' | 'churn' | 'reactivation';
  amount_cents: number;
  occurred_at: string;
}

export interface SubscriptionDetails extends SubscriptionRow {
  customer: { id: string; email: string; name: string | null; company: string | null; locale: string };
  license: { id: string; license_key_hint: string; status: LicenseStatus } | null;
  invoices: Invoice[];
  payments: PaymentRow[];
  movements: Movement[];
  mrr_total: number;
}

export interface SubscriptionFilters {
  q: string;
  status: SubscriptionStatus[];
  plan: PlanCode[];
  attention: Attention | '';
  sort: SubscriptionSort;
  desc: boolean;
  page: number;
  size: number;
}

export interface ReminderResult {
  sent: number;
  skipped: { subscription_id: string; reason: 'already_reminded' | 'not_expiring' | 'not_found' }[];
}

/** Reminders go by this many ids at most. */
export const REMIND_LIMIT = 1_000;
