import Stripe from 'stripe';
import type { StripeErrorDetails } from '../../supabase/contracts/functions/stripe-action.ts';
import { ApiError } from '../_shared/errors.ts';
import { isUnavailable } from '../_shared/stripe.ts';

/** Stripe's own words, for the person and the audit. */
export function describe(error: unknown): StripeErrorDetails | null {
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

/**
 * 503 `stripe_unavailable` when Stripe cannot be asked, `stripe_error` with its details otherwise; not Stripe's: as
 * it is.
 */
export function toApiError(error: unknown): unknown {
  const details = describe(error);
  if (!details) return error;
  if (isUnavailable(error))
    return new ApiError(503, 'stripe_unavailable', 'Stripe cannot be reached', { details, cause: error });
  const status =
    error instanceof Stripe.errors.StripeCardError
      ? 402
      : error instanceof Stripe.errors.StripeAuthenticationError || error instanceof Stripe.errors.StripePermissionError
        ? 502
        : 409;
  return new ApiError(status, 'stripe_error', details.message, { details, cause: error });
}
