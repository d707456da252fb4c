import Stripe from 'stripe';
import type { StripeAction } from '../../supabase/contracts/functions/stripe-action.ts';
import type { ErrorCode } from '../../supabase/contracts/error-codes.generated.ts';
import { ApiError } from '../_shared/errors.ts';
import type { Staff } from '../_shared/staff.ts';
import { isMissing } from '../_shared/stripe.ts';
import { amountTooLarge } from './errors.ts';
import { refresh } from './refresh.ts';
import type { Dependencies, Target } from './types.ts';

/** What Stripe refuses with a code of its own and we have a sentence for. https://docs.stripe.com/error-codes */
const meanings: Record<string, ErrorCode> = {
  charge_already_refunded: 'nothing_to_refund',
  charge_disputed: 'payment_disputed',
  coupon_expired: 'coupon_unusable',
  email_invalid: 'invalid_email',
  invalid_canceled_subscription_fields: 'already_canceled',
  invoice_already_paid: 'nothing_to_retry',
  product_inactive: 'plan_has_no_price',
  refund_disputed_payment: 'payment_disputed',
};

/** What Stripe does not know, by the parameter that names it. */
const missing: Array<[parameter: RegExp, code: ErrorCode]> = [
  [/coupon/, 'coupon_unusable'],
  [/promotion_code/, 'promotion_code_not_found'],
  [/customer/, 'stripe_customer_deleted'],
  [/price|item/, 'plan_has_no_price'],
  [/configuration/, 'portal_not_configured'],
];

const sentences: Partial<Record<ErrorCode, string>> = {
  already_canceled: 'The subscription has ended',
  nothing_to_refund: 'The payment is refunded already',
  payment_disputed: 'The payment is disputed',
  coupon_unusable: 'The coupon is not valid any more',
  portal_not_configured: 'The account has no customer portal',
  no_payment_method: 'The customer has no way to pay',
  stripe_object_gone: 'Stripe does not know it any more',
};

const isOf = (error: unknown): error is Stripe.errors.StripeInvalidRequestError =>
  error instanceof Stripe.errors.StripeInvalidRequestError;

/** The code of ours that says what Stripe refused; null where only Stripe's own says it. */
export function meaningOf(error: unknown): ErrorCode | null {
  if (!isOf(error)) return null;
  const known = meanings[error.code ?? ''];
  if (known) return known;
  if (error.code !== 'resource_missing') return null;
  // Nobody is named: what is missing is a card.
  if (!error.param && error.statusCode === 400) return 'no_payment_method';
  return missing.find(([parameter]) => parameter.test(error.param ?? ''))?.[1] ?? 'stripe_object_gone';
}

const withSentence = (code: ErrorCode, cause: unknown) =>
  new ApiError(code, sentences[code] ?? `Stripe refused the request: ${code}`, { cause });

/** Stripe may fail at this too: then the mirror follows with the next synchronisation. */
async function asFarAsPossible(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    if (!(cause instanceof Stripe.errors.StripeError) && !isMissing(cause)) throw cause;
  }
}

/**
 * A refusal that says: things are no more as we hold them. The mirror is brought up to date, and the answer is ours;
 * null for what is Stripe's to say. Whoever calls has audited Stripe's own words.
 */
export async function refusalOf(
  { stripe, store }: Pick<Dependencies, 'stripe' | 'store'>,
  staff: Staff,
  input: StripeAction,
  target: Target,
  error: unknown,
): Promise<ApiError | null> {
  const { subscription, payment } = target;
  // Without settings of its own an account has no portal; Stripe gives that no code.
  if (input.action === 'portal_link' && isOf(error) && !error.code) return withSentence('portal_not_configured', error);
  if (payment && isOf(error) && (error.param === 'amount' || meaningOf(error))) {
    await asFarAsPossible(() => store.mirror(staff, [{ kind: 'charge', id: payment.stripe_payment_id }]));
    const { status, amount, amount_refunded } = await store.paymentRow(staff, payment.id);
    const left = status === 'succeeded' ? amount - amount_refunded : 0;
    if (error.param === 'amount' && left > 0) return amountTooLarge(left);
    return withSentence(error.param === 'amount' ? 'nothing_to_refund' : meaningOf(error)!, error);
  }
  const code = meaningOf(error);
  if (!code) return null;
  if (subscription && (code === 'already_canceled' || code === 'stripe_object_gone')) {
    await asFarAsPossible(() => refresh(stripe, store, staff, subscription.stripe_subscription_id));
    const { status } = await store.subscriptionRow(staff, subscription.id);
    const hasEnded = status === 'canceled' || status === 'incomplete_expired';
    return withSentence(hasEnded ? 'already_canceled' : code, error);
  }
  return withSentence(code, error);
}
