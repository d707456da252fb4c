import type Stripe from 'stripe';
import type { Core } from '../core.ts';
import { errors } from '../errors.ts';
import { settleWarnings } from './fraud-warnings.ts';

export interface DisputeInput {
  /** Minor units; all of the charge unless told. */
  amount?: number;
  reason?: string;
  /** Only asked about: no money is taken yet, and it may still be refunded. */
  isInquiry?: boolean;
}
/** Nothing has been handed in. */
const noEvidence = {
  access_activity_log: null,
  billing_address: null,
  cancellation_policy: null,
  cancellation_policy_disclosure: null,
  cancellation_rebuttal: null,
  customer_communication: null,
  customer_email_address: null,
  customer_name: null,
  customer_purchase_ip: null,
  customer_signature: null,
  duplicate_charge_documentation: null,
  duplicate_charge_explanation: null,
  duplicate_charge_id: null,
  product_description: null,
  receipt: null,
  refund_policy: null,
  refund_policy_disclosure: null,
  refund_refusal_explanation: null,
  service_date: null,
  service_documentation: null,
  shipping_address: null,
  shipping_carrier: null,
  shipping_date: null,
  shipping_documentation: null,
  shipping_tracking_number: null,
  uncategorized_file: null,
  uncategorized_text: null,
  enhanced_evidence: {},
};
export type DisputeEnd = 'won' | 'lost' | 'warning_closed';

const isInquiry = ({ status }: Pick<Stripe.Dispute, 'status'>) => status.startsWith('warning_');

export function openDispute(core: Core, charge: Stripe.Charge, given: DisputeInput = {}): Stripe.Dispute {
  const now = core.nowOf(charge.customer as string | null);
  const dispute = core.store.disputes.put({
    id: core.id('du'),
    object: 'dispute',
    amount: given.amount ?? charge.amount - charge.amount_refunded,
    balance_transactions: [],
    charge: charge.id,
    created: now,
    currency: charge.currency,
    enhanced_eligibility_types: [],
    evidence: noEvidence,
    evidence_details: {
      due_by: now + 7 * 86_400,
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
      submission_method: 'not_submitted',
    },
    intended_submission_method: null,
    is_charge_refundable: given.isInquiry ?? false,
    livemode: false,
    metadata: {},
    payment_intent: charge.payment_intent,
    reason: given.reason ?? 'fraudulent',
    status: given.isInquiry ? 'warning_needs_response' : 'needs_response',
  } as unknown as Stripe.Dispute);
  core.update(core.store.charges, charge.id, { disputed: true });
  core.emit('charge.dispute.created', dispute);
  if (!given.isInquiry) core.emit('charge.dispute.funds_withdrawn', dispute);
  settleWarnings(core, charge.id);
  return dispute;
}

/** What was only asked about is disputed. */
export function escalateDispute(core: Core, id: string): Stripe.Dispute {
  if (!isInquiry(core.store.disputes.need(id))) throw errors.invalid('This dispute is no inquiry.');
  const disputed = core.update(
    core.store.disputes,
    id,
    { status: 'needs_response', is_charge_refundable: false },
    'charge.dispute.updated',
  );
  core.emit('charge.dispute.funds_withdrawn', disputed);
  return disputed;
}

export function closeDispute(core: Core, id: string, end: DisputeEnd): Stripe.Dispute {
  if (isInquiry(core.store.disputes.need(id)) !== (end === 'warning_closed'))
    throw errors.invalid('An inquiry is closed, a dispute won or lost.');
  const closed = core.update(core.store.disputes, id, { status: end }, 'charge.dispute.closed');
  if (end === 'won') core.emit('charge.dispute.funds_reinstated', closed);
  return closed;
}

/** The bank has the money back, or is about to. */
export const isChargedBack = (core: Core, charge: string): boolean =>
  core.store.disputes
    .by('charge', charge)
    .some((dispute) => dispute.status !== 'won' && !isInquiry(dispute) && dispute.status !== 'prevented');
