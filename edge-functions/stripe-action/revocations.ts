import type { StripeActionOf, StripeActionResponse } from '../../supabase/contracts/functions/stripe-action.ts';
import { ApiError, fromDatabase } from '../_shared/errors.ts';
import type { Staff } from '../_shared/staff.ts';
import { renderMail } from '../mail-dispatch/render.ts';
import { licenseRevoked } from '../mail-dispatch/templates/license-revoked.ts';
import type { Act } from './actions.ts';
import type { Acts } from './acts.ts';
import { actUnknown, toApiError } from './errors.ts';
import { permissions } from './permissions.ts';
import type { Dependencies } from './types.ts';

type RevokeInput = StripeActionOf<'revoke_license'>;

/** Revocations of licences whose subscription runs: the cancellation, then the licence, then the refund. */
export function createRevocations({ store }: Dependencies, acts: Acts, act: Act) {
  return {
    /**
     * A cancellation that Stripe refuses leaves all as it was; one without an answer leaves the licence until Stripe
     * has told. The database ends the licence once the cancellation is done, whoever learns of it first.
     */
    async revoke(staff: Staff, input: RevokeInput): Promise<StripeActionResponse<'revoke_license'>> {
      const { request_id, subscription_id } = input;
      const payment_id = input.refund?.payment_id;
      await acts.lookAgain(
        await store.target(staff, permissions.revoke_license, {
          ...input,
          ...(payment_id ? { payment_id } : {}),
        }),
      );
      const begun = await store.beginRevocation(staff, input);
      if (!begun.act.repeated) {
        const { outcome, error } = await acts.attempt(staff, begun, (target) =>
          act(
            staff,
            {
              action: 'cancel',
              request_id,
              subscription_id,
              when: input.billing,
              reason: input.reason,
              seen: input.seen.subscription,
            },
            target,
          ),
        );
        if (outcome.state === 'unknown') throw actUnknown(error);
        if (outcome.state === 'refused') throw toApiError(error);
      }
      const refundError = input.refund ? await refund(staff, input, input.refund, begun.parent_id) : null;
      return { ...(await store.revocation(staff, begun.parent_id)), refund_error: refundError };
    },

    /** The mail as it would leave, in the customer's language. */
    async mail(
      staff: Staff,
      { license_id, billing, ends_at, refund: money }: StripeActionOf<'revocation_mail'>,
    ): Promise<StripeActionResponse<'revocation_mail'>> {
      const { locale, recipient, refused, data } = await store.revocationMail(staff, license_id, {
        ...(billing ? { billing } : {}),
        ...(ends_at ? { ends_at } : {}),
        ...money,
      });
      const { subject, text } = renderMail(licenseRevoked, locale, data);
      return { mail: { locale, recipient, refused, subject, text } };
    },
  };

  /** Its failure undoes nothing: the customer is cut off, billed no more, and can be refunded. */
  async function refund(
    staff: Staff,
    input: RevokeInput,
    { payment_id, amount_cents, reason }: NonNullable<RevokeInput['refund']>,
    parentId: string,
  ): Promise<StripeActionResponse<'revoke_license'>['refund_error']> {
    const part: StripeActionOf<'refund'> = {
      action: 'refund',
      request_id: input.request_id,
      payment_id,
      amount_cents,
      reason,
      seen: input.seen.payment!,
    };
    try {
      const begun = await store.begin(staff, permissions.refund, part, parentId);
      if (begun.act.repeated) return null;
      const { outcome, error } = await acts.attempt(staff, begun, (target) => act(staff, part, target));
      if (outcome.state === 'unknown') return { code: 'act_unknown', details: null };
      return outcome.state === 'refused' ? shown(toApiError(error)) : null;
    } catch (error) {
      // Refused before Stripe was asked.
      await store.closeRevocation(staff, parentId);
      return shown(error);
    }
  }
}

function shown(error: unknown): { code: string; details: unknown } {
  const known = error instanceof ApiError ? error : fromDatabase(error);
  if (!known) throw error;
  return { code: known.code, details: known.details };
}
