import type { Tone } from '@/shared/components/StatusBadge.vue';
import type { MovementRow, SubscriptionRow, SubscriptionStatus } from './types.ts';

export type ShownStatus = SubscriptionStatus | 'awaiting_customer' | 'payment_failed' | 'canceling';
export type StatusSubject = Pick<
  SubscriptionRow,
  'status' | 'payment_failed_at' | 'awaiting_customer_since' | 'cancel_at_period_end' | 'cancel_at'
>;

export const hasEnded = ({ status }: Pick<SubscriptionRow, 'status'>): boolean =>
  status === 'canceled' || status === 'incomplete_expired';
export const isEnding = (row: Pick<SubscriptionRow, 'status' | 'cancel_at_period_end' | 'cancel_at'>): boolean =>
  !hasEnded(row) && (row.cancel_at_period_end || row.cancel_at !== null);
export const isFailing = (row: Pick<SubscriptionRow, 'status' | 'payment_failed_at'>): boolean =>
  !hasEnded(row) && row.payment_failed_at !== null;

/** A payment of it waits for the customer himself. */
export const isAwaited = (row: Pick<SubscriptionRow, 'status' | 'awaiting_customer_since'>): boolean =>
  !hasEnded(row) && row.awaiting_customer_since !== null;

/** What one reads about a subscription: whom it waits for, a failing payment, a planned end, then Stripe's status. */
export const shownStatus = (row: StatusSubject): ShownStatus =>
  isAwaited(row) ? 'awaiting_customer' : isFailing(row) ? 'payment_failed' : isEnding(row) ? 'canceling' : row.status;

export const subscriptionTones: Record<ShownStatus, Tone> = {
  active: 'success',
  trialing: 'info',
  past_due: 'error',
  unpaid: 'error',
  paused: 'neutral',
  incomplete: 'warning',
  incomplete_expired: 'neutral',
  canceled: 'neutral',
  awaiting_customer: 'warning',
  payment_failed: 'error',
  canceling: 'warning',
};

/** When it ends, once an end is planned. */
export const endsAt = (row: Pick<SubscriptionRow, 'cancel_at' | 'current_period_end'>): string | null =>
  row.cancel_at ?? row.current_period_end;

export const movementTones: Record<MovementRow['kind'], Tone> = {
  new: 'success',
  expansion: 'success',
  reactivation: 'success',
  contraction: 'warning',
  churn: 'error',
};
