import type { AlertBook, AlertKind } from '@/shared/alerts.ts';
import { textOf } from '@/shared/events.ts';
import { failureText } from '../actions/errors.ts';

/** The subscription, the licence where its payments stand, or who pays. */
export const payerTarget: AlertKind['target'] = ({ subject_type: type, subject_id: id }, can) => {
  if (type === 'subscription' && id && can('subscriptions.read'))
    return { name: 'subscriptions', query: { subscription: id } };
  if (type === 'license' && id && can('licenses.read'))
    return { name: 'license', params: { id }, query: can('payments.read') ? { tab: 'payments' } : {} };
  if (type === 'customer' && id && can('customers.read')) return { name: 'customer', params: { id } };
  if (type === 'payment' && id && can('payments.read')) return { name: 'payments', query: { q: id } };
  return null;
};

export const failureReason: AlertKind['reason'] = ({ data }, { t, te }) => {
  const code = textOf(data.failure_code);
  return code && (failureText(code, t, te) ?? code);
};

const about: AlertKind = { target: payerTarget, reason: failureReason };

export default {
  payment_failed: about,
  checkout_payment_failed: about,
  payment_action_required: about,
  payment_disputed: about,
  payment_refunded: about,
  /** To the payment, where it is refunded and its licence revoked. */
  payment_fraud_warned: about,
  payment_for_revoked_license: about,
} satisfies AlertBook;
