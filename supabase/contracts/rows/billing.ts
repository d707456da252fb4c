import { z } from 'zod';
import {
  actStates,
  billingIntervals,
  couponDurations,
  creditNoteStatuses,
  invoiceStatuses,
  movementKinds,
  movementReasons,
  pauseBehaviors,
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

/** A change of plan that follows once its invoice is paid; until then all stays as it is. */
export const pendingUpdate = z.strictObject({
  plan: planCode.nullable(),
  quantity: count,
  billing_interval: z.enum(billingIntervals).nullable(),
  interval_count: count.nullable(),
  expires_at: instant,
  invoice: z.string().nullable(),
});

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
  billing_interval: z.enum(billingIntervals),
  interval_count: count,
  /** What it weighs a month while it pays: at today's quantity, without taxes and what is taken off for ever. */
  mrr_cents: minor,
  /** What it weighs now: nothing before the first payment, nor while its invoices are given up. */
  paying_mrr_cents: minor,
  /** Prices by use, which weigh nothing. */
  left_out_items: count,
  first_paid_at: instant.nullable(),
  current_period_start: instant,
  current_period_end: instant,
  cancel_at_period_end: z.boolean(),
  cancel_at: instant.nullable(),
  canceled_at: instant.nullable(),
  ended_at: instant.nullable(),
  trial_end: instant.nullable(),
  collection_paused: z.boolean(),
  pause_behavior: z.enum(pauseBehaviors).nullable(),
  discounts: z.array(discount),
  card_brand: z.string().nullable(),
  card_last4: z.string().nullable(),
  /** When its payments began to fail; null while they succeed. */
  payment_failed_at: instant.nullable(),
  failure_code: z.string().nullable(),
  /** Since when a payment is under way at the bank, neither paid nor failed. */
  processing_since: instant.nullable(),
  /** How it is made: sepa_debit, bacs_debit … */
  processing_method: z.string().nullable(),
  /** Since when a payment waits for the customer himself. */
  awaiting_customer_since: instant.nullable(),
  pending_update: pendingUpdate.nullable(),
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
  /** Where the customer pays or confirms what waits for him. */
  confirmation: z
    .strictObject({
      url: z.string().nullable(),
      number: z.string().nullable(),
      amount_cents: minor,
      currency,
      /** When the change it is for is dropped. */
      expires_at: instant.nullable(),
    })
    .nullable(),
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
  /** Taken back by disputes that were lost: no revenue. */
  amount_lost: minor,
  /** What the bank suspects, while something can be done about it. */
  fraud_type: z.string().nullable(),
  fraud_warned_at: instant.nullable(),
  metadata: data,
  livemode: z.boolean(),
  created_at: instant,
  updated_at: instant,
});
export type PaymentRow = z.infer<typeof paymentRow>;

export const listedPayment = paymentRow.extend({
  customer_name: z.string().nullable(),
  plan: planCode.nullable(),
  /** Refused, because the bank wants the customer's confirmation, for which its invoice still waits. */
  awaits_customer: z.boolean(),
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
  /** Since when it waits for the customer to confirm it with his bank. */
  action_required_at: instant.nullable(),
  hosted_invoice_url: z.string().nullable(),
  invoice_pdf_url: z.string().nullable(),
  livemode: z.boolean(),
  issued_at: instant,
  paid_at: instant.nullable(),
  created_at: instant,
  updated_at: instant,
});
export type InvoiceRow = z.infer<typeof invoiceRow>;

/** What an invoice was lowered by afterwards. */
export const creditNoteRow = z.strictObject({
  id,
  stripe_credit_note_id: z.string(),
  number: z.string(),
  status: z.enum(creditNoteStatuses),
  /** Taxes included: open_amount need not be paid any more, paid_amount had been. */
  total: minor,
  open_amount: minor,
  paid_amount: minor,
  currency,
  reason: z.string().nullable(),
  pdf_url: z.string().nullable(),
  livemode: z.boolean(),
  issued_at: instant,
  voided_at: instant.nullable(),
  created_at: instant,
  updated_at: instant,
});
export type CreditNoteRow = z.infer<typeof creditNoteRow>;

export const creditedInvoice = invoiceRow.extend({ credit_notes: z.array(creditNoteRow) });
export type CreditedInvoice = z.infer<typeof creditedInvoice>;

/** What monthly revenue gained or lost, and when. */
export const movementRow = z.strictObject({
  id,
  customer_id: id,
  license_id: id.nullable(),
  subscription_id: id.nullable(),
  kind: z.enum(movementKinds),
  amount_cents: minor,
  currency,
  reason: z.enum(movementReasons).nullable(),
  /** Of the licence or subscription after it. */
  plan: planCode.nullable(),
  billing_interval: z.string().nullable(),
  interval_count: z.int().nullable(),
  occurred_at: instant,
  created_at: instant,
});
export type MovementRow = z.infer<typeof movementRow>;
