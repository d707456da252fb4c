import type Stripe from 'stripe';
import type { Core } from '../core.ts';
import { errors } from '../errors.ts';
import { hasThreeDecimals, money } from '../money.ts';
import { isChargedBack } from './disputes.ts';
import { settleWarnings } from './fraud-warnings.ts';

export function refund(
  core: Core,
  charge: Stripe.Charge,
  amount: number | undefined,
  more: { reason: string | null; metadata: Stripe.Metadata },
): Stripe.Refund {
  const left = charge.amount - charge.amount_refunded;
  if (isChargedBack(core, charge.id))
    throw errors.invalid(
      `Charge ${charge.id} has been charged back; cannot issue a refund.`,
      undefined,
      'charge_disputed',
    );
  if (charge.status !== 'succeeded')
    throw errors.invalid(
      `Charge ${charge.id} cannot be refunded: it has not succeeded.`,
      undefined,
      'charge_not_refundable',
    );
  if (left === 0)
    throw errors.invalid(`Charge ${charge.id} has already been refunded.`, undefined, 'charge_already_refunded');
  const wanted = amount ?? left;
  if (wanted < 1) throw errors.invalid('Invalid positive integer', 'amount', 'parameter_invalid_integer');
  // Stripe's partners know two decimals: https://docs.stripe.com/currencies#three-decimal
  if (hasThreeDecimals(charge.currency) && wanted % 10 !== 0)
    throw errors.invalid(
      `Invalid amount: the last digit of an amount in ${charge.currency} must be 0.`,
      'amount',
      'parameter_invalid_integer',
    );
  const said = (value: number) => money(value, charge.currency, 'en');
  if (wanted > left)
    throw errors.invalid(
      `Refund amount (${said(wanted)}) is greater than ${charge.amount_refunded > 0 ? 'unrefunded' : 'charge'} ` +
        `amount (${said(left)})`,
      'amount',
    );
  const made = core.store.refunds.put({
    id: core.id('re'),
    object: 'refund',
    amount: wanted,
    balance_transaction: core.id('txn'),
    charge: charge.id,
    created: core.nowOf(charge.customer as string),
    currency: charge.currency,
    customer: charge.customer,
    customer_account: null,
    payment_method: charge.payment_method,
    destination_details: {
      card: { type: 'refund', reference_status: 'pending', reference_type: 'acquirer_reference_number' },
      type: 'card',
    },
    metadata: more.metadata,
    payment_intent: charge.payment_intent,
    reason: more.reason,
    receipt_number: null,
    source_transfer_reversal: null,
    status: 'succeeded',
    transfer_reversal: null,
  } as unknown as Stripe.Refund);
  core.update(
    core.store.charges,
    charge.id,
    { amount_refunded: charge.amount_refunded + wanted, refunded: wanted === left },
    'charge.refunded',
  );
  core.emit('refund.created', made);
  settleWarnings(core, charge.id);
  return made;
}
