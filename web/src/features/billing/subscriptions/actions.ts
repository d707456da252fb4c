import { hasEnded, isEnding, isFailing } from './status.ts';
import type { SubscriptionRow } from './types.ts';

export type SubscriptionActionKind =
  | 'retry_payment'
  | 'portal_link'
  | 'change_plan'
  | 'apply_coupon'
  | 'remove_coupon'
  | 'undo_cancel'
  | 'cancel';

export interface SubscriptionActionRequest {
  kind: SubscriptionActionKind;
  subscription: SubscriptionRow;
}

interface SubscriptionAction {
  kind: SubscriptionActionKind;
  icon: string;
  permission: string;
  danger: boolean;
  isPossible(row: SubscriptionRow): boolean;
}

const runs = (row: SubscriptionRow) => !hasEnded(row);

const ACTIONS: SubscriptionAction[] = [
  {
    kind: 'retry_payment',
    icon: 'i-lucide-rotate-cw',
    permission: 'subscriptions.update',
    danger: false,
    isPossible: isFailing,
  },
  {
    kind: 'portal_link',
    icon: 'i-lucide-square-user',
    permission: 'subscriptions.update',
    danger: false,
    isPossible: () => true,
  },
  {
    kind: 'change_plan',
    icon: 'i-lucide-arrow-left-right',
    permission: 'subscriptions.manage',
    danger: false,
    isPossible: runs,
  },
  {
    kind: 'apply_coupon',
    icon: 'i-lucide-ticket-percent',
    permission: 'subscriptions.manage',
    danger: false,
    isPossible: runs,
  },
  {
    kind: 'remove_coupon',
    icon: 'i-lucide-ticket-x',
    permission: 'subscriptions.manage',
    danger: false,
    isPossible: (row) => runs(row) && row.discounts.length > 0,
  },
  {
    kind: 'undo_cancel',
    icon: 'i-lucide-calendar-check',
    permission: 'subscriptions.manage',
    danger: false,
    isPossible: isEnding,
  },
  { kind: 'cancel', icon: 'i-lucide-circle-x', permission: 'subscriptions.manage', danger: true, isPossible: runs },
];

/** What this person may do to a subscription in this state. Database and Stripe decide again. */
export const actionsFor = (can: (permission: string) => boolean, row: SubscriptionRow): SubscriptionAction[] =>
  ACTIONS.filter((action) => can(action.permission) && action.isPossible(row));
