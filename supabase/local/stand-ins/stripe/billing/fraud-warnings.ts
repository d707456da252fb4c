import type Stripe from 'stripe';
import type { Core } from '../core.ts';

/** The bank suspects fraud: an early fraud warning. */
export function warnOfFraud(
  core: Core,
  charge: Stripe.Charge,
  fraudType = 'unauthorized_use_of_card',
): Stripe.Radar.EarlyFraudWarning {
  const warning = core.store.fraudWarnings.put({
    id: core.id('issfr'),
    object: 'radar.early_fraud_warning',
    actionable: isActionable(charge),
    charge: charge.id,
    created: core.nowOf(charge.customer as string | null),
    fraud_type: fraudType,
    livemode: false,
    payment_intent: charge.payment_intent as string,
  });
  core.emit('radar.early_fraud_warning.created', warning);
  return warning;
}

const isActionable = ({ refunded, disputed }: Stripe.Charge) => !refunded && !disputed;

/** Refunded in full or disputed, nothing more can be done about it. */
export function settleWarnings(core: Core, charge: string): void {
  const actionable = isActionable(core.store.charges.need(charge));
  for (const { id } of core.store.fraudWarnings.by('charge', charge))
    core.update(core.store.fraudWarnings, id, { actionable }, 'radar.early_fraud_warning.updated');
}
