import type Stripe from 'stripe';
import { type Core, idOf } from '../core.ts';
import { type DeclineCode, declineOf } from '../errors.ts';

const noAddress = { city: null, country: null, line1: null, line2: null, postal_code: null, state: null };

export function newCharge(
  core: Core,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod | null,
  decline: DeclineCode | null,
): Stripe.Charge {
  // Whoever pays by a link or in a shop of its own may be no customer.
  const customer = intent.customer ? core.store.customers.need(idOf(intent.customer)) : null;
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
      email: customer?.email ?? null,
      name: customer?.name ?? null,
      phone: null,
      tax_id: null,
    },
    calculated_statement_descriptor: core.account.statementDescriptor,
    captured: !refusal,
    created: core.nowOf(customer?.id),
    currency: intent.currency,
    customer: customer?.id ?? null,
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
          advice_code: 'try_again_later',
          network_advice_code: null,
          network_decline_code: '51',
          network_status: 'declined_by_network',
          reason: refusal.declineCode,
          risk_level: 'normal',
          seller_message: 'The bank did not return any further details with this decline.',
          type: 'issuer_declined',
        }
      : {
          advice_code: null,
          network_advice_code: null,
          network_decline_code: null,
          network_status: 'approved_by_network',
          reason: null,
          risk_level: 'normal',
          seller_message: 'Payment complete.',
          type: 'authorized',
        },
    paid: !refusal,
    payment_intent: intent.id,
    payment_method: method?.id ?? null,
    payment_method_details: {
      type: 'card',
      card: {
        amount_authorized: refusal ? null : intent.amount,
        authorization_code: null,
        brand: method?.card?.brand ?? 'visa',
        checks: null,
        country: 'FR',
        exp_month: method?.card?.exp_month ?? 12,
        exp_year: method?.card?.exp_year ?? 2030,
        funding: 'credit',
        electronic_commerce_indicator: null,
        installments: null,
        last4: method?.card?.last4 ?? '4242',
        mandate: null,
        network: method?.card?.brand ?? 'visa',
        network_transaction_id: null,
        regulated_status: null,
        three_d_secure: null,
        transaction_link_id: null,
        wallet: null,
      },
    },
    receipt_email: customer?.email ?? null,
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

/** Somebody pays once, without becoming a customer. */
export function chargeGuest(core: Core, amount: number, currency: string): Stripe.Charge {
  const intent = {
    id: core.id('pi'),
    amount,
    currency,
    customer: null,
    description: 'Payment Link',
  } as unknown as Stripe.PaymentIntent;
  const charge = core.store.charges.put(newCharge(core, intent, null, null));
  core.emit('charge.succeeded', charge);
  return charge;
}
