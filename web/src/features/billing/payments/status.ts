import type { Tone } from '@/shared/components/StatusBadge.vue';
import type { PaymentRow } from './types.ts';

export type ShownStatus =
  | 'succeeded'
  | 'awaiting_customer'
  | 'failed'
  | 'pending'
  | 'refunded'
  | 'partly_refunded'
  | 'disputed';

/** Stripe's states of a dispute that is over; a won one changes nothing about the payment. */
const WON = new Set(['won', 'warning_closed']);

/** What one reads about a payment: a dispute before a refund before its own status. */
export function shownStatus(
  payment: Pick<PaymentRow, 'status' | 'amount' | 'amount_refunded' | 'dispute_status'> & { awaits_customer?: boolean },
): ShownStatus {
  if (payment.awaits_customer) return 'awaiting_customer';
  if (payment.dispute_status && !WON.has(payment.dispute_status)) return 'disputed';
  if (payment.amount_refunded > 0) return payment.amount_refunded >= payment.amount ? 'refunded' : 'partly_refunded';
  return payment.status;
}

export const paymentTones: Record<ShownStatus, Tone> = {
  succeeded: 'success',
  failed: 'error',
  pending: 'info',
  awaiting_customer: 'warning',
  refunded: 'neutral',
  partly_refunded: 'neutral',
  disputed: 'warning',
};

type Troubled = Pick<PaymentRow, 'fraud_type' | 'dispute_status'>;
export const hasTrouble = (payment: Troubled): boolean =>
  payment.fraud_type !== null || payment.dispute_status !== null;

/** What it brought: less what was given back and what disputes took. */
export const kept = (total: { succeeded_cents: number; refunded_cents: number; lost_cents: number }): number =>
  total.succeeded_cents - total.refunded_cents - total.lost_cents;

/** Cents that can still be refunded. */
export const refundable = (payment: Pick<PaymentRow, 'status' | 'amount' | 'amount_refunded'>): number =>
  payment.status === 'succeeded' ? Math.max(0, payment.amount - payment.amount_refunded) : 0;
