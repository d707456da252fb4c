import { describeError, toAppError } from '@/base/errors.ts';

/** What Stripe refused, by its codes, as `stripe-action` passes them on. */
interface StripeDetails {
  type?: string | null;
  code?: string | null;
  decline_code?: string | null;
  request_id?: string | null;
}

export interface StripeErrorWords {
  text: string;
  /** What the person reads out to Stripe's support. */
  reference: string | null;
  /** Nobody knows whether it was done. */
  isUncertain: boolean;
}

type Translate = (key: string, named?: Record<string, unknown>) => string;

const detailsOf = (details: unknown): StripeDetails =>
  typeof details === 'object' && details !== null ? (details as StripeDetails) : {};

/** The answer was lost, on the way to us or between us and Stripe: the act may have been done all the same. */
export function isUncertain(error: unknown): boolean {
  const { kind, code, status } = toAppError(error);
  return (
    (kind === 'network' && code !== 'not_sent') ||
    (status !== undefined && status >= 500 && code !== 'stripe_error' && code !== 'stripe_unavailable')
  );
}

/** Why a card was refused or a request failed; null for a code without words. */
export function failureText(
  code: string | null | undefined,
  t: Translate,
  te: (key: string) => boolean,
): string | null {
  return code && /^[a-z0-9_]+$/.test(code) && te(`actions.failure.${code}`) ? t(`actions.failure.${code}`) : null;
}

/**
 * An error of a Stripe action in words; the bank's own reason comes before Stripe's general code. What was only asked
 * (`isRead`) changed nothing, whatever became of the answer.
 */
export function stripeErrorWords(
  error: unknown,
  t: Translate,
  te: (key: string) => boolean,
  isRead = false,
): StripeErrorWords {
  const known = toAppError(error);
  const uncertain = !isRead && isUncertain(error);
  if (known.code !== 'stripe_error') {
    return {
      text: uncertain && known.kind === 'network' ? t('actions.error.lost') : describeError(error, t, te),
      reference: null,
      isUncertain: uncertain,
    };
  }
  const { code, decline_code, request_id } = detailsOf(known.details);
  const said = failureText(decline_code, t, te) ?? failureText(code, t, te);
  const reference = [decline_code ?? code, request_id].filter(Boolean).join(' · ');
  return {
    text: said ?? t('errors.code.stripe_error'),
    reference: reference || null,
    isUncertain: uncertain,
  };
}
