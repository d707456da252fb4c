import type { RevocationInput, RevocationResult } from '@/shared/revocations.ts';
import type { RefundReason } from '@contracts/constants/billing.ts';
import type { LicenseConsequence } from '@contracts/rpc/licenses.ts';
import { callRpc } from '@/base/api.ts';
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

/**
 * Revokes each by itself: those without a subscription that bills on, and those left to it, by the database in one go;
 * the others one after another at Stripe. One that fails says why, and the next has its turn.
 */
export async function revokeAll(
  licenseIds: readonly string[],
  found: ReadonlyMap<string, LicenseConsequence>,
  { billing, refundOf, refundReason }: Consequence,
  input: RevocationInput,
  requestOf: (licenseId: string) => string,
  progress: (done: number) => void,
): Promise<RevocationResult> {
  const atStripe = licenseIds.filter((id) => billing !== 'keep' && found.get(id)?.subscription);
  const here = licenseIds.filter((id) => !atStripe.includes(id));
  const result: RevocationResult = { done: 0, failures: [] };
  if (here.length) {
    const { done, errors } = await callRpc('revoke_licenses', {
      license_ids: here,
      ...input,
      billed_on: billing === 'keep',
    });
    result.done += done;
    result.failures.push(...errors.map(({ license_id, reason }) => ({ license_id, code: reason, error: null })));
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
      result.failures.push({ license_id: id, code: null, error });
    }
    progress(here.length + atStripe.indexOf(id) + 1);
  }
  return result;
}
