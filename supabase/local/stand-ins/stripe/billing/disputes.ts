import type Stripe from 'stripe';
import type { Core } from '../core.ts';

export function openDispute(core: Core, charge: Stripe.Charge): Stripe.Dispute {
  const dispute = core.store.disputes.put({
    id: core.id('du'),
    object: 'dispute',
    amount: charge.amount,
    balance_transactions: [],
    charge: charge.id,
    created: core.nowOf(charge.customer as string),
    currency: charge.currency,
    enhanced_eligibility_types: [],
    evidence: {},
    evidence_details: {
      due_by: core.nowOf(charge.customer as string) + 7 * 86_400,
      has_evidence: false,
      past_due: false,
      submission_count: 0,
    },
    is_charge_refundable: false,
    livemode: false,
    metadata: {},
    payment_intent: charge.payment_intent,
    reason: 'fraudulent',
    status: 'needs_response',
  } as unknown as Stripe.Dispute);
  core.update(core.store.charges, charge.id, { disputed: true });
  core.emit('charge.dispute.created', dispute);
  core.emit('charge.dispute.funds_withdrawn', dispute);
  return dispute;
}

export function closeDispute(core: Core, id: string, won: boolean): Stripe.Dispute {
  return core.update(core.store.disputes, id, { status: won ? 'won' : 'lost' }, 'charge.dispute.closed');
}
