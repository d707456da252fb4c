import { z } from 'zod';
import {
  actStates,
  couponDurations,
  invoiceStatuses,
  movementKinds,
  paymentActions,
  paymentStatuses,
  subscriptionActions,
  subscriptionStatuses,
} from '../constants/billing.ts';
import { actions, count, currency, data, id, instant, minor, planCode } from '../scalars.ts';

/** A discount as the mirror keeps it. */
export const discount = z.strictObject({
  id: z.string(),
  coupon_id: z.string(),
  name: z.string().nullable(),
  percent_off: z.number().nullable(),
  amount_off_cents: minor.nullable(),
  duration: z.enum(couponDurations),
  ends_at: instant.nullable(),
  promotion_code: z.string().nullable(),
});
export type Discount = z.infer<typeof discount>;

/** An act at Stripe whose outcome is not there yet. */
export const openAct = z.strictObject({
  id,
  action: z.string(),
  state: z.enum(actStates),
  at: instant,
  /** Name of who asked. */
  by: z.string().nullable(),
  amount_cents: minor.nullable(),
});
export type OpenAct = z.infer<typeof openAct>;

const subscriptionColumns = {
  id,
  stripe_subscription_id: z.string(),
  stripe_customer_id: z.string(),
  customer_id: id,
  email: z.string(),
  license_id: id.nullable(),
  plan: planCode.nullable(),
  /** The item whose price names the plan. */
  stripe_item_id: z.string().nullable(),
  status: z.enum(subscriptionStatuses),
  amount_cents: minor,
  currency,
  quantity: count,
  billing_interval: z.enum(['day', 'week', 'month', 'year']),
  interval_count: count,
  mrr_cents: minor,
  current_period_start: instant,
  current_period_end: instant,
  cancel_at_period_end: z.boolean(),
  cancel_at: instant.nullable(),
  canceled_at: instant.nullable(),
  ended_at: instant.nullable(),
  trial_end: instant.nullable(),
  collection_paused: z.boolean(),
  discounts: z.array(discount),
  card_brand: z.string().nullable(),
  card_last4: z.string().nullable(),
  /** When its payments began to fail; null while they succeed. */
  payment_failed_at: instant.nullable(),
  failure_code: z.string().nullable(),
  /** Since when a payment is under way at the bank, neither paid nor failed. */
  processing_since: instant.nullable(),
  /** Where that payment carries the licence to. */
  carried_until: instant.nullable(),
  reminded_at: instant.nullable(),
  livemode: z.boolean(),
  started_at: instant,
  created_at: instant,
  updated_at: instant,
};

/** A subscription as lists show it. */
export const subscriptionRow = z.strictObject({
  ...subscriptionColumns,
  customer_name: z.string().nullable(),
  license_key_hint: z.string().nullable(),
  is_expiring: z.boolean(),
  /** The renewal, or Stripe's next attempt when payment fails. */
  next_payment_at: instant.nullable(),
  actions: actions(subscriptionActions),
  open_act: openAct.nullable(),
});
export type SubscriptionRow = z.infer<typeof subscriptionRow>;

/** One attempt to charge. */
export const paymentRow = z.strictObject({
  id,
  license_id: id.nullable(),
  subscription_id: id.nullable(),
  /** Null for who paid as a guest. */
  customer_id: id.nullable(),
  email: z.string().nullable(),
  stripe_customer_id: z.string().nullable(),
  stripe_payment_id: z.string(),
  stripe_payment_intent_id: z.string().nullable(),
  stripe_invoice_id: z.string().nullable(),
  invoice_number: z.string().nullable(),
  invoice_url: z.string().nullable(),
  invoice_pdf_url: z.string().nullable(),
  amount: minor,
  amount_refunded: minor,
  currency,
  status: z.enum(paymentStatuses),
  payment_date: instant,
  payment_method: z.string().nullable(),
  card_brand: z.string().nullable(),
  card_last4: z.string().nullable(),
  failure_code: z.string().nullable(),
  failure_message: z.string().nullable(),
  dispute_status: z.string().nullable(),
  metadata: data,
  livemode: z.boolean(),
  created_at: instant,
  updated_at: instant,
});
export type PaymentRow = z.infer<typeof paymentRow>;

export const listedPayment = paymentRow.extend({
  customer_name: z.string().nullable(),
  plan: planCode.nullable(),
  actions: actions(paymentActions),
  open_act: openAct.nullable(),
});
export type ListedPayment = z.infer<typeof listedPayment>;

export const invoiceRow = z.strictObject({
  id,
  stripe_invoice_id: z.string(),
  stripe_subscription_id: z.string().nullable(),
  subscription_id: id.nullable(),
  customer_id: id,
  email: z.string(),
  number: z.string().nullable(),
  status: z.enum(invoiceStatuses),
  billing_reason: z.string().nullable(),
  total: minor,
  amount_due: minor,
  amount_paid: minor,
  amount_remaining: minor,
  currency,
  covers_until: instant.nullable(),
  attempt_count: count,
  next_payment_attempt: instant.nullable(),
  hosted_invoice_url: z.string().nullable(),
  invoice_pdf_url: z.string().nullable(),
  livemode: z.boolean(),
  issued_at: instant,
  paid_at: instant.nullable(),
  created_at: instant,
  updated_at: instant,
});
export type InvoiceRow = z.infer<typeof invoiceRow>;

/** What monthly revenue gained or lost, and when. */
export const movementRow = z.strictObject({
  id,
  customer_id: id,
  license_id: id.nullable(),
  subscription_id: id.nullable(),
  kind: z.enum(movementKinds),
  amount_cents: minor,
  currency,
  occurred_at: instant,
  created_at: instant,
});
export type MovementRow = z.infer<typeof movementRow>;
