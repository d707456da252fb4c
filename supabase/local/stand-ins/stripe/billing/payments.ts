import type Stripe from 'stripe';
import { type Core, idOf } from '../core.ts';
import { type DeclineCode, declineOf, errors, type StripeFailure } from '../errors.ts';
import { cardError } from '../objects/cards.ts';

const noAddress = { city: null, country: null, line1: null, line2: null, postal_code: null, state: null };

export function newPaymentIntent(
  core: Core,
  fields: { customer: string; amount: number; currency: string; description: string; payment_method: string | null },
): Stripe.PaymentIntent {
  const intent = core.store.paymentIntents.put({
    id: core.id('pi'),
    object: 'payment_intent',
    amount: fields.amount,
    amount_capturable: 0,
    amount_received: 0,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: 'automatic',
    client_secret: `pi_${core.store.random.text(24)}_secret_${core.store.random.text(24)}`,
    confirmation_method: 'automatic',
    created: core.nowOf(fields.customer),
    currency: fields.currency,
    customer: fields.customer,
    description: fields.description,
    invoice: null,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    metadata: {},
    next_action: null,
    payment_method: fields.payment_method,
    payment_method_types: ['card'],
    receipt_email: null,
    setup_future_usage: 'off_session',
    shipping: null,
    statement_descriptor: null,
    status: 'requires_payment_method',
  } as unknown as Stripe.PaymentIntent);
  core.emit('payment_intent.created', intent);
  return intent;
}

/** What the card will say: a person's wish at the control page first, then the card's own nature. */
function verdict(core: Core, customer: string, method: Stripe.PaymentMethod): DeclineCode | 'authenticate' | null {
  const mood = core.mood(customer);
  if (mood.failNext) {
    core.store.moods.put({ ...mood, failNext: null });
    return mood.failNext;
  }
  if (mood.failAlways) return mood.failAlways;
  const behaviour = core.store.behaviours.get(method.id);
  if (behaviour?.decline) return behaviour.decline;
  return mood.authenticates || behaviour?.authenticates ? 'authenticate' : null;
}

/** Tries to take the money of an intent. The charge stays whatever comes of it. */
export function attempt(
  core: Core,
  intentId: string,
  method: Stripe.PaymentMethod | null,
  options: { onSession?: boolean } = {},
): { charge: Stripe.Charge | null; failure: StripeFailure | null; needsAction: boolean } {
  const intent = core.store.paymentIntents.need(intentId);
  const customer = idOf(intent.customer as string);
  if (!method)
    return {
      charge: null,
      needsAction: false,
      failure: errors.invalid(
        'This customer has no attached payment source or default payment method. Please consider adding a default payment method.',
        undefined,
        'resource_missing',
      ),
    };
  const decided = verdict(core, customer, method);
  if (decided === 'authenticate' && !options.onSession) {
    const waiting = core.update(
      core.store.paymentIntents,
      intent.id,
      { status: 'requires_action', payment_method: method.id },
      'payment_intent.requires_action',
    );
    return {
      charge: null,
      needsAction: true,
      failure: cardError('authentication_required', { payment_intent: waiting, payment_method: method }),
    };
  }
  const decline = decided === 'authenticate' ? null : decided;
  const charge = core.store.charges.put(newCharge(core, intent, method, decline));
  core.emit(decline ? 'charge.failed' : 'charge.succeeded', charge);
  if (!decline) {
    core.update(
      core.store.paymentIntents,
      intent.id,
      {
        status: 'succeeded',
        amount_received: intent.amount,
        latest_charge: charge.id,
        payment_method: method.id,
        last_payment_error: null,
      },
      'payment_intent.succeeded',
    );
    return { charge, failure: null, needsAction: false };
  }
  const { code, declineCode, message } = declineOf(decline);
  const failed = core.update(
    core.store.paymentIntents,
    intent.id,
    {
      status: 'requires_payment_method',
      latest_charge: charge.id,
      payment_method: null,
      last_payment_error: {
        type: 'card_error',
        code,
        decline_code: declineCode,
        message,
        charge: charge.id,
        payment_method: method,
      } as unknown as Stripe.PaymentIntent.LastPaymentError,
    },
    'payment_intent.payment_failed',
  );
  return {
    charge,
    failure: cardError(decline, { charge: charge.id, payment_intent: failed, payment_method: method }),
    needsAction: false,
  };
}

function newCharge(
  core: Core,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  decline: DeclineCode | null,
): Stripe.Charge {
  const customer = core.store.customers.need(idOf(intent.customer as string));
  const refusal = decline ? declineOf(decline) : null;
  return {
    id: core.id('ch'),
    object: 'charge',
    amount: intent.amount,
    amount_captured: refusal ? 0 : intent.amount,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: refusal ? null : core.id('txn'),
    billing_details: {
      address: noAddress,
      email: customer.email,
      name: customer.name ?? null,
      phone: null,
      tax_id: null,
    },
    calculated_statement_descriptor: 'WHATAUTOSYS',
    captured: !refusal,
    created: core.nowOf(customer.id),
    currency: intent.currency,
    customer: customer.id,
    description: intent.description,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: refusal?.code ?? null,
    failure_message: refusal?.message ?? null,
    fraud_details: {},
    livemode: false,
    metadata: {},
    on_behalf_of: null,
    outcome: refusal
      ? {
          network_status: 'declined_by_network',
          reason: refusal.declineCode,
          risk_level: 'normal',
          seller_message: 'The bank did not return any further details with this decline.',
          type: 'issuer_declined',
        }
      : {
          network_status: 'approved_by_network',
          reason: null,
          risk_level: 'normal',
          seller_message: 'Payment complete.',
          type: 'authorized',
        },
    paid: !refusal,
    payment_intent: intent.id,
    payment_method: method.id,
    payment_method_details: {
      type: 'card',
      card: {
        brand: method.card?.brand ?? 'visa',
        country: 'FR',
        exp_month: method.card?.exp_month ?? 12,
        exp_year: method.card?.exp_year ?? 2030,
        funding: 'credit',
        last4: method.card?.last4 ?? '4242',
        network: method.card?.brand ?? 'visa',
      },
    },
    receipt_email: customer.email,
    receipt_number: null,
    receipt_url: null,
    refunded: false,
    review: null,
    shipping: null,
    source: null,
    source_transfer: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: refusal ? 'failed' : 'succeeded',
    transfer_data: null,
    transfer_group: null,
  } as unknown as Stripe.Charge;
}

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
  const money = (cents: number) => `€${(cents / 100).toFixed(2)}`;
  if (wanted > left)
    throw errors.invalid(
      `Refund amount (${money(wanted)}) is greater than ${charge.amount_refunded > 0 ? 'unrefunded' : 'charge'} amount (${money(left)})`,
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
