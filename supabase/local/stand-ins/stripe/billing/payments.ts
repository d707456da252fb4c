import type Stripe from 'stripe';
import { type Core, idOf } from '../core.ts';
import { type DeclineCode, declineOf, errors, StripeFailure } from '../errors.ts';
import { cardError } from '../objects/cards.ts';
import { newCharge } from './charges.ts';

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
    allowed_payment_method_types: null,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: null,
    customer_account: null,
    excluded_payment_method_types: null,
    managed_payments: null,
    on_behalf_of: null,
    payment_method_configuration_details: null,
    payment_method_options: null,
    payment_record: null,
    processing: null,
    review: null,
    source: null,
    statement_descriptor_suffix: null,
    transfer_group: null,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: 'automatic',
    client_secret: `pi_${core.store.random.text(24)}_secret_${core.store.random.text(24)}`,
    confirmation_method: 'automatic',
    created: core.nowOf(fields.customer),
    currency: fields.currency,
    customer: fields.customer,
    description: fields.description,
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
function verdict(
  core: Core,
  customer: string,
  method: Stripe.PaymentMethod,
  confirms: boolean | undefined,
): DeclineCode | 'authenticate' | 'delay' | null {
  const mood = core.mood(customer);
  if (mood.failNext) {
    core.store.moods.put({ ...mood, failNext: null });
    return mood.failNext;
  }
  if (mood.failAlways) return mood.failAlways;
  if (method.type !== 'card') return 'delay';
  const behaviour = core.store.behaviours.get(method.id);
  if (behaviour?.decline) return behaviour.decline;
  const asks = mood.authenticates || Boolean(behaviour?.authenticates);
  if (!asks || !confirms) return asks ? 'authenticate' : null;
  if (behaviour?.authenticates === 'once') core.store.behaviours.put({ ...behaviour, authenticates: null });
  return behaviour?.declineConfirmed ?? null;
}

const debit = (charge: Stripe.Charge, { type }: Stripe.PaymentMethod): Stripe.Charge => ({
  ...charge,
  status: 'pending',
  paid: false,
  payment_method_details: {
    type,
    [type]: {
      last4: '3000',
      country: 'FR',
      bank_code: '20041',
      branch_code: null,
      fingerprint: null,
      mandate: null,
    },
  } as unknown as Stripe.Charge.PaymentMethodDetails,
});

/** The customer does not prove himself to his bank. */
const unproven = (intent: Stripe.PaymentIntent, method: Stripe.PaymentMethod) =>
  new StripeFailure(
    402,
    {
      type: 'card_error',
      code: 'payment_intent_authentication_failure',
      message:
        'We are unable to authenticate your payment method. Please choose a different payment method and try again.',
      payment_intent: intent,
      payment_method: method,
    },
    true,
  );

/**
 * Tries to take the money of an intent. The charge stays whatever comes of it. `confirms`: the customer is there, and
 * does or does not what his bank asks of him.
 */
export function attempt(
  core: Core,
  intentId: string,
  method: Stripe.PaymentMethod | null,
  options: { confirms?: boolean | undefined } = {},
): { charge: Stripe.Charge | null; failure: StripeFailure | null; needsAction: boolean; isPending?: boolean } {
  const intent = core.store.paymentIntents.need(intentId);
  const customer = idOf(intent.customer as string);
  if (!method)
    return {
      charge: null,
      needsAction: false,
      failure: errors.invalid(
        'This customer has no attached payment source or default payment method. Please consider adding a default' +
          ' payment method.',
        undefined,
        'resource_missing',
      ),
    };
  const decided = verdict(core, customer, method, options.confirms);
  if (decided === 'authenticate' && options.confirms === false) {
    const failed = core.update(
      core.store.paymentIntents,
      intent.id,
      {
        status: 'requires_payment_method',
        payment_method: null,
        last_payment_error: {
          type: 'card_error',
          code: 'payment_intent_authentication_failure',
          payment_method: method,
        } as unknown as Stripe.PaymentIntent.LastPaymentError,
      },
      'payment_intent.payment_failed',
    );
    return { charge: null, needsAction: false, failure: unproven(failed, method) };
  }
  if (decided === 'authenticate') {
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
  if (decided === 'delay') {
    const charge = core.store.charges.put(debit(newCharge(core, intent, method, null), method));
    core.emit('charge.pending', charge);
    core.update(
      core.store.paymentIntents,
      intent.id,
      { status: 'processing', latest_charge: charge.id, payment_method: method.id },
      'payment_intent.processing',
    );
    return { charge, failure: null, needsAction: false, isPending: true };
  }
  const decline = decided;
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
