import type { Tone } from '@/shared/components/StatusBadge.vue';
import type { MovementRow, SubscriptionRow, SubscriptionStatus } from './types.ts';

export type ShownStatus = SubscriptionStatus | 'payment_failed' | 'canceling';
type Subject = Pick<SubscriptionRow, 'status' | 'payment_failed_at' | 'cancel_at_period_end' | 'cancel_at'>;

export const hasEnded = ({ status }: Pick<SubscriptionRow, 'status'>): boolean =>
  status === 'canceled' || status === 'incomplete_expired';
export const isEnding = (row: Pick<SubscriptionRow, 'status' | 'cancel_at_period_end' | 'cancel_at'>): boolean =>
  !hasEnded(row) && (row.cancel_at_period_end || row.cancel_at !== null);
export const isFailing = (row: Pick<SubscriptionRow, 'status' | 'payment_failed_at'>): boolean =>
  !hasEnded(row) && row.payment_failed_at !== null;

/** What one reads about a subscription: a failing payment and a planned end before Stripe's own status. */
export const shownStatus = (row: Subject): ShownStatus =>
  isFailing(row) ? 'payment_failed' : isEnding(row) ? 'canceling' : row.status;

export const subscriptionTones: Record<ShownStatus, Tone> = {
  active: 'success',
  trialing: 'info',
  past_due: 'error',
  unpaid: 'error',
  paused: 'neutral',
  incomplete: 'warning',
  incomplete_expired: 'neutral',
  canceled: 'neutral',
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
