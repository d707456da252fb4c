import { callFunction } from '@/base/api.ts';
import type { PlanCode } from '@/shared/plans.ts';

/** An invoice not yet made; money in cents, `proration_date` in Unix seconds. */
export interface InvoicePreview {
  amount_due_cents: number;
  currency: string;
  proration_date: number | null;
  lines: { description: string; amount_cents: number; is_proration: boolean }[];
  /** Beside the lines; negative takes off. */
  discount_cents: number;
  tax_cents: number;
  balance_cents: number;
  next_amount_cents: number | null;
  next_payment_at: string | null;
}

export interface Coupon {
  id: string;
  name: string | null;
  percent_off: number | null;
  amount_off_cents: number | null;
  currency: string | null;
  duration: 'once' | 'repeating' | 'forever';
  duration_in_months: number | null;
}

export type RefundReason = 'duplicate' | 'fraudulent' | 'requested_by_customer';

interface OnSubscription {
  subscription_id: string;
}
interface Changed {
  subscription: { id: string };
}

/** What `stripe-action` takes and answers. The changing ones take a `request_id` besides: see `useStripeAct`. */
export interface StripeActions {
  cancel: [OnSubscription & { when: 'now' | 'period_end'; reason?: string }, Changed];
  undo_cancel: [OnSubscription, Changed];
  retry_payment: [OnSubscription, Changed];
  change_plan: [OnSubscription & { plan: PlanCode; proration_date: number | null }, Changed];
  apply_coupon: [OnSubscription & ({ coupon_id: string } | { promotion_code: string }), Changed];
  remove_coupon: [OnSubscription, Changed];
  refund: [{ payment_id: string; amount_cents: number | null; reason: RefundReason }, { payment: { id: string } }];
  portal_link: [OnSubscription, { url: string }];
  checkout_link: [
    { email: string; plan: PlanCode; hwid: string | null; locale: 'fr' | 'en' },
    { url: string; expires_at: string },
  ];
}
export type StripeActionName = keyof StripeActions;

export const callStripe = <Name extends StripeActionName>(
  action: Name,
  fields: StripeActions[Name][0],
  requestId: string,
): Promise<StripeActions[Name][1]> =>
  callFunction<StripeActions[Name][1]>('stripe-action', { action, ...fields, request_id: requestId });

export const previewPlan = async (subscriptionId: string, plan: PlanCode): Promise<InvoicePreview> =>
  (
    await callFunction<{ preview: InvoicePreview }>('stripe-action', {
      action: 'preview_plan',
      subscription_id: subscriptionId,
      plan,
      request_id: crypto.randomUUID(),
    })
  ).preview;

export const upcomingInvoice = async (subscriptionId: string): Promise<InvoicePreview | null> =>
  (
    await callFunction<{ invoice: InvoicePreview | null }>('stripe-action', {
      action: 'upcoming_invoice',
      subscription_id: subscriptionId,
    })
  ).invoice;

export const listCoupons = async (): Promise<Coupon[]> =>
  (await callFunction<{ coupons: Coupon[] }>('stripe-action', { action: 'list_coupons' })).coupons;
