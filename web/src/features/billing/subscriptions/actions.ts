import type { RowAction } from '@/shared/useActionItems.ts';
import type { SubscriptionRow } from './types.ts';

export type SubscriptionActionKind =
  | 'retry_payment'
  | 'portal_link'
  | 'change_plan'
  | 'apply_coupon'
  | 'remove_coupon'
  | 'undo_cancel'
  | 'cancel'
  | 'link_license';

export interface SubscriptionActionRequest {
  kind: SubscriptionActionKind;
  subscription: SubscriptionRow;
}

export const SUBSCRIPTION_ACTIONS: readonly RowAction<SubscriptionActionKind>[] = [
  { kind: 'retry_payment', icon: 'i-lucide-rotate-cw', danger: false },
  { kind: 'portal_link', icon: 'i-lucide-square-user', danger: false },
  { kind: 'link_license', icon: 'i-lucide-key-round', danger: false, pointlessWhen: ['subscription_linked'] },
  { kind: 'change_plan', icon: 'i-lucide-arrow-left-right', danger: false },
  { kind: 'apply_coupon', icon: 'i-lucide-ticket-percent', danger: false },
  { kind: 'remove_coupon', icon: 'i-lucide-ticket-x', danger: false, pointlessWhen: ['no_discount'] },
  { kind: 'undo_cancel', icon: 'i-lucide-calendar-check', danger: false, pointlessWhen: ['not_ending'] },
  { kind: 'cancel', icon: 'i-lucide-circle-x', danger: true },
];
