import type { RevocationInput, RevocationResult } from '@/shared/revocations.ts';
import type { RefundReason } from '@contracts/constants/billing.ts';
import type { LicenseConsequence } from '@contracts/rpc/licenses.ts';
import { callRpc } from '@/base/api.ts';
import { AppError } from '@/base/errors.ts';
import { callStripe } from '../../actions/actions.ts';
import { seenOfPayment, seenOfSubscription } from '../../actions/seen.ts';

/** What becomes of a subscription: cancelled at once, at the end of its period, or left to bill on. */
export type Billing = 'now' | 'period_end' | 'keep';

export interface Consequence {
  billing: Billing;
  /** Minor units to refund of a last payment; null for nothing. */
  refundOf(found: LicenseConsequence): number | null;
  refundReason: RefundReason;
}

/** What could be refunded of the last payment, and by this person. */
export const refundable = ({ payment }: LicenseConsequence): number =>
  payment && payment.actions.refund === null ? payment.amount - payment.amount_refunded : 0;

/** Whether its subscription is cancelled then; of one that ends by its period there is nothing to cancel at its end. */
export const isCancelled = ({ subscription, bills_on }: LicenseConsequence, billing: Billing): boolean =>
  subscription !== null && (billing === 'now' || (billing === 'period_end' && bills_on));

/**
 * Revokes each by itself: those with nothing to cancel, and those left to their subscription, by the database in one
 * go; the others one after another at Stripe. One that fails says why, and the next has its turn.
 */
export async function revokeAll(
  licenseIds: readonly string[],
  found: ReadonlyMap<string, LicenseConsequence>,
  { billing, refundOf, refundReason }: Consequence,
  input: RevocationInput,
  requestOf: (licenseId: string) => string,
  progress: (done: number) => void,
): Promise<RevocationResult> {
  const atStripe = licenseIds.filter((id) => {
    const one = found.get(id);
    return one && isCancelled(one, billing);
  });
  const here = licenseIds.filter((id) => !atStripe.includes(id));
  const result: RevocationResult = { done: 0, failures: [] };
  async function revokeHere(ids: string[]): Promise<number> {
    const { done, errors } = await callRpc('revoke_licenses', {
      license_ids: ids,
      ...input,
      billed_on: billing === 'keep',
    });
    result.done += done;
    result.failures.push(...errors.map(({ license_id, reason }) => ({ license_id, code: reason, error: null })));
    return done;
  }
  /** What ends by now without us is not cancelled again: the licence goes all the same, and the money is told of. */
  async function failed(id: string, error: unknown, amount: number | null): Promise<void> {
    if (!(error instanceof AppError && error.code === 'already_ending')) throw error;
    const done = await revokeHere([id]);
    if (done && amount) result.failures.push({ license_id: id, code: 'refund', error: { code: error.code } });
  }
  if (here.length) {
    await revokeHere(here);
    progress(here.length);
  }
  for (const id of atStripe) {
    const one = found.get(id)!;
    const amount = refundOf(one);
    try {
      const { refund_error } = await callStripe(
        'revoke_license',
        {
          license_id: id,
          subscription_id: one.subscription!.id,
          billing: billing as 'now' | 'period_end',
          ...input,
          ...(amount && one.payment
            ? { refund: { payment_id: one.payment.id, amount_cents: amount, reason: refundReason } }
            : {}),
          seen: {
            subscription: seenOfSubscription(one.subscription!),
            ...(one.payment ? { payment: seenOfPayment(one.payment) } : {}),
          },
        },
        requestOf(id),
      );
      result.done += 1;
      if (refund_error) result.failures.push({ license_id: id, code: 'refund', error: refund_error });
    } catch (error) {
      await failed(id, error, amount).catch((cause: unknown) =>
        result.failures.push({ license_id: id, code: null, error: cause }),
      );
    }
    progress(here.length + atStripe.indexOf(id) + 1);
  }
  return result;
}
