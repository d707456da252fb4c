import type {
  SubscriptionAttention as Attention,
  SubscriptionSort,
  SubscriptionStatus,
} from '@contracts/constants/billing.ts';
import type { RpcResult } from '@contracts/rpc/index.ts';
import type { PlanCode } from '@/shared/plans.ts';

export type { Discount, InvoiceRow, MovementRow, SubscriptionRow } from '@contracts/rows/billing.ts';
export {
  subscriptionAttentions as ATTENTIONS,
  subscriptionSorts as SUBSCRIPTION_SORTS,
} from '@contracts/constants/billing.ts';
export type { Attention, SubscriptionSort, SubscriptionStatus };
export type SubscriptionDetails = RpcResult<'get_subscription'>;
export type SubscriptionsSummary = RpcResult<'subscriptions_summary'>;
export type ReminderResult = RpcResult<'send_subscription_reminders'>;

/** In the order a person looks for them. */
export const SUBSCRIPTION_STATUSES = [
  'active',
  'trialing',
  'past_due',
  'unpaid',
  'paused',
  'incomplete',
  'incomplete_expired',
  'canceled',
] as const satisfies readonly SubscriptionStatus[];

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

/** Reminders go by this many ids at most. */
export const REMIND_LIMIT = 1_000;
