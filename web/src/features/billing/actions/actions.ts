import type {
  Coupon,
  InvoicePreview,
  SoldPrice,
  SoldRhythm,
  StripeActionFields,
  StripeActionName,
  StripeActionResponse,
} from '@contracts/functions/stripe-action.ts';
import { callFunction } from '@/base/api.ts';
import type { PlanCode } from '@/shared/plans.ts';

/** The changing ones take a `request_id`: see `useStripeAct`. */
export const callStripe = <Name extends StripeActionName>(
  action: Name,
  fields: StripeActionFields<Name>,
  requestId: string = crypto.randomUUID(),
): Promise<StripeActionResponse<Name>> =>
  callFunction<StripeActionResponse<Name>>('stripe-action', { action, ...fields, request_id: requestId });

export interface WantedPlan {
  plan: PlanCode;
  /** Null keeps the rhythm there is. */
  rhythm: SoldRhythm | null;
}

export const previewPlan = async (subscriptionId: string, wanted: WantedPlan): Promise<InvoicePreview> =>
  (await callStripe('preview_plan', { subscription_id: subscriptionId, ...wanted })).preview;

export const upcomingInvoice = async (subscriptionId: string): Promise<InvoicePreview | null> =>
  (
    await callFunction<StripeActionResponse<'upcoming_invoice'>>('stripe-action', {
      action: 'upcoming_invoice',
      subscription_id: subscriptionId,
    })
  ).invoice;

export const listPrices = async (): Promise<SoldPrice[]> =>
  (await callFunction<StripeActionResponse<'list_prices'>>('stripe-action', { action: 'list_prices' })).prices;

export const listCoupons = async (): Promise<Coupon[]> =>
  (await callFunction<StripeActionResponse<'list_coupons'>>('stripe-action', { action: 'list_coupons' })).coupons;
