import type { z } from 'zod';
import type { seenPayment, seenSubscription } from '@contracts/functions/stripe-action.ts';
import type { PaymentRow, SubscriptionRow } from '@contracts/rows/billing.ts';

export type SeenSubscription = z.infer<typeof seenSubscription>;
export type SeenPayment = z.infer<typeof seenPayment>;

/** What a dialog shows of a subscription: an act is refused when it is another by then. */
export const seenOfSubscription = (row: SubscriptionRow): SeenSubscription => ({
  updated_at: row.updated_at,
  status: row.status,
  plan: row.plan,
  quantity: row.quantity,
  amount_cents: row.amount_cents,
  current_period_end: row.current_period_end,
  cancel_at_period_end: row.cancel_at_period_end,
  cancel_at: row.cancel_at,
  discounts: row.discounts,
});

/** What a dialog shows of a payment. */
export const seenOfPayment = (row: PaymentRow): SeenPayment => ({
  updated_at: row.updated_at,
  status: row.status,
  amount_refunded: row.amount_refunded,
  dispute_status: row.dispute_status,
});
