import type Stripe from 'stripe';
import type { Core } from '../core.ts';
import { errors } from '../errors.ts';
import { money } from '../money.ts';

export function refund(
  core: Core,
  charge: Stripe.Charge,
  amount: number | undefined,
  more: { reason: string | null; metadata: Stripe.Metadata },
): Stripe.Refund {
  const left = charge.amount - charge.amount_refunded;
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
  return made;
}
