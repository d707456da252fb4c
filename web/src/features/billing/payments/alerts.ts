import type { AlertBook, AlertKind } from '@/shared/alerts.ts';
import { textOf } from '@/shared/events.ts';
import { failureText } from '../actions/errors.ts';

/** The subscription, else the licence where its payments stand. */
export const payerTarget: AlertKind['target'] = ({ subscription_id, license_id }, can) => {
  if (subscription_id && can('subscriptions.read'))
    return { name: 'subscriptions', query: { subscription: subscription_id } };
  if (license_id && can('licenses.read'))
    return { name: 'license', params: { id: license_id }, query: can('payments.read') ? { tab: 'payments' } : {} };
  return null;
};

export const failureReason: AlertKind['reason'] = ({ data }, { t, te }) => {
  const code = textOf(data.failure_code);
  return code && (failureText(code, t, te) ?? code);
};

const about: AlertKind = { target: payerTarget, reason: failureReason };

export default {
  payment_failed: about,
  payment_action_required: about,
  payment_disputed: about,
  payment_refunded: about,
  payment_for_revoked_license: about,
} satisfies AlertBook;
