import Stripe from 'stripe';
import type { StripeErrorDetails } from '../../supabase/contracts/functions/stripe-action.ts';
import { ApiError } from '../_shared/errors.ts';
import { isUnavailable } from '../_shared/stripe.ts';

export const alreadyCanceled = () => new ApiError('already_canceled', 'The subscription has ended');
export const nothingToRetry = () => new ApiError('nothing_to_retry', 'No invoice is open');
export const samePlan = (plan: string) => new ApiError('same_plan', `The subscription is on plan "${plan}" already`);
export const amountTooLarge = (left: number) =>
  new ApiError('amount_too_large', 'The amount exceeds what is left to refund', { details: { left_cents: left } });
export const amountTooFine = (amount: number, currency: string) =>
  new ApiError('amount_too_fine', `The last digit of ${amount} ${currency} must be 0`);
export const planHasNoPrice = (lookupKey: string) =>
  new ApiError('plan_has_no_price', `Stripe has no active price with the lookup key "${lookupKey}"`);
export const promotionCodeNotFound = (code: string) =>
  new ApiError('promotion_code_not_found', `"${code}" is not an active promotion code`);
/** Stripe gave no answer: it may have been done, and Stripe will tell. */
export const actUnknown = (cause: unknown) =>
  new ApiError('act_unknown', 'Stripe gave no answer: whether it was done is not known yet', {
    cause,
    details: shown(cause),
  });

/** Stripe's own words, for the audit: what a person is shown is ours. */
export function describe(error: unknown): (StripeErrorDetails & { message: string }) | null {
  if (!(error instanceof Stripe.errors.StripeError)) return null;
  return {
    type: error.rawType ?? error.type,
    code: error.code ?? null,
    decline_code: error.decline_code ?? null,
    message: error.message,
    param: error.param ?? null,
    request_id: error.requestId ?? null,
  };
}

/** Codes a person is told in words, and what Stripe's support asks for; never Stripe's text. */
export function shown(error: unknown): StripeErrorDetails | null {
  const details = describe(error);
  if (!details) return null;
  const { message: _message, ...codes } = details;
  return codes;
}

/**
 * 503 `stripe_unavailable` when Stripe cannot be asked, `stripe_error` with its codes otherwise: 402 for a
 * card, 502 when Stripe refuses our key; not Stripe's: as it is.
 */
export function toApiError(error: unknown): unknown {
  const details = shown(error);
  if (!details) return error;
  if (isUnavailable(error))
    return new ApiError('stripe_unavailable', 'Stripe cannot be reached', { details, cause: error });
  const status =
    error instanceof Stripe.errors.StripeCardError
      ? 402
      : error instanceof Stripe.errors.StripeAuthenticationError || error instanceof Stripe.errors.StripePermissionError
        ? 502
        : 409;
  return new ApiError('stripe_error', 'Stripe refused the request', { status, details, cause: error });
}
