import type Stripe from 'stripe';
import type { Core } from '../core.ts';
import { errors, type DeclineCode, declineOf, StripeFailure } from '../errors.ts';

export interface TestCard {
  brand: string;
  last4: string;
  /** Refused by every charge. */
  decline?: DeclineCode;
  /** Refused already when attached. */
  isRefusedAtOnce?: boolean;
  /** The bank wants the customer's confirmation: each time, or until he has given it once. */
  authenticates?: 'always' | 'once';
  /** What the bank says once he has confirmed. */
  declineConfirmed?: DeclineCode;
  expMonth?: number;
  expYear?: number;
}

const visa = (last4: string, more: Partial<TestCard> = {}): TestCard => ({ brand: 'visa', last4, ...more });
const refused = (last4: string, decline: DeclineCode): TestCard => visa(last4, { decline, isRefusedAtOnce: true });

/** https://docs.stripe.com/testing: names without `pm_card_` / `tok_`. */
const byName: Record<string, TestCard> = {
  visa: visa('4242'),
  visa_debit: visa('5556'),
  mastercard: { brand: 'mastercard', last4: '4444' },
  mastercard_debit: { brand: 'mastercard', last4: '3222' },
  amex: { brand: 'amex', last4: '8431' },
  fr: visa('0003'),
  chargeDeclined: refused('0002', 'generic_decline'),
  visa_chargeDeclined: refused('0002', 'generic_decline'),
  chargeDeclinedInsufficientFunds: refused('9995', 'insufficient_funds'),
  visa_chargeDeclinedInsufficientFunds: refused('9995', 'insufficient_funds'),
  chargeDeclinedLostCard: refused('9987', 'lost_card'),
  visa_chargeDeclinedLostCard: refused('9987', 'lost_card'),
  chargeDeclinedStolenCard: refused('9979', 'stolen_card'),
  visa_chargeDeclinedStolenCard: refused('9979', 'stolen_card'),
  chargeDeclinedExpiredCard: refused('0069', 'expired_card'),
  chargeDeclinedIncorrectCvc: refused('0127', 'incorrect_cvc'),
  chargeDeclinedProcessingError: refused('0119', 'processing_error'),
  chargeDeclinedFraudulent: refused('0019', 'fraudulent'),
  chargeCustomerFail: visa('0341', { decline: 'generic_decline' }),
  authenticationRequired: visa('3184', { authenticates: 'always' }),
  authenticationRequiredOnSetup: visa('3155', { authenticates: 'once' }),
  authenticationRequiredSetupForOffSession: visa('0446', { authenticates: 'once' }),
  authenticationRequiredChargeDeclinedInsufficientFunds: visa('3178', {
    authenticates: 'always',
    declineConfirmed: 'insufficient_funds',
  }),
};

const byNumber: Record<string, string> = {
  '4242424242424242': 'visa',
  '5555555555554444': 'mastercard',
  '378282246310005': 'amex',
  '4000002500000003': 'fr',
  '4000000000000002': 'chargeDeclined',
  '4000000000000341': 'chargeCustomerFail',
  '4000000000009995': 'chargeDeclinedInsufficientFunds',
  '4000000000009987': 'chargeDeclinedLostCard',
  '4000000000009979': 'chargeDeclinedStolenCard',
  '4000000000000069': 'chargeDeclinedExpiredCard',
  '4000000000000127': 'chargeDeclinedIncorrectCvc',
  '4000000000000119': 'chargeDeclinedProcessingError',
  '4000002500003155': 'authenticationRequiredOnSetup',
  '4000002760003184': 'authenticationRequired',
  '4000003800000446': 'authenticationRequiredSetupForOffSession',
  '4000008260003178': 'authenticationRequiredChargeDeclinedInsufficientFunds',
};

/** `4242 4242 4242 4242`, `pm_card_visa`, `tok_visa` or `visa`. */
export function findTestCard(name: string): TestCard | undefined {
  const digits = name.replace(/[\s-]/g, '');
  return byName[byNumber[digits] ?? name.replace(/^(pm_card_|tok_)/, '')];
}

export function createCard(
  core: Core,
  card: TestCard,
  more: { customer?: string; email?: string | null; name?: string | null; created?: number } = {},
): Stripe.PaymentMethod {
  const id = core.id('pm');
  core.store.behaviours.put({
    id,
    decline: card.decline ?? null,
    authenticates: card.authenticates ?? null,
    declineConfirmed: card.declineConfirmed ?? null,
  });
  return core.store.paymentMethods.put({
    id,
    object: 'payment_method',
    allow_redisplay: 'unspecified',
    billing_details: {
      address: { city: null, country: null, line1: null, line2: null, postal_code: null, state: null },
      email: more.email ?? null,
      name: more.name ?? null,
      phone: null,
      tax_id: null,
    },
    card: {
      brand: card.brand,
      checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'pass' },
      country: 'FR',
      display_brand: card.brand,
      exp_month: card.expMonth ?? 12,
      exp_year: card.expYear ?? new Date(core.now() * 1000).getUTCFullYear() + 3,
      fingerprint: core.store.random.text(16),
      funding: 'credit',
      generated_from: null,
      last4: card.last4,
      networks: { available: [card.brand], preferred: null },
      regulated_status: 'unregulated',
      three_d_secure_usage: { supported: true },
      wallet: null,
    },
    created: more.created ?? core.nowOf(more.customer),
    customer: more.customer ?? null,
    customer_account: null,
    livemode: false,
    metadata: {},
    type: 'card',
  });
}

/** Accounts that are debited: the bank takes days to say whether. https://docs.stripe.com/payments/bank-debits */
export const debitTypes = ['sepa_debit', 'bacs_debit', 'us_bank_account', 'acss_debit', 'au_becs_debit'] as const;
export type DebitType = (typeof debitTypes)[number];

export function createDebit(core: Core, type: DebitType, customer: string): Stripe.PaymentMethod {
  const { card: _card, ...shared } = createCard(core, { brand: 'none', last4: '3000' }, { customer });
  return core.store.paymentMethods.put({
    ...shared,
    type,
    [type]: {
      last4: '3000',
      country: 'FR',
      bank_code: '20041',
      branch_code: null,
      fingerprint: core.store.random.text(16),
      generated_from: null,
    },
  } as unknown as Stripe.PaymentMethod);
}

/** A stored payment method, or a new one for a test name such as `pm_card_visa`. */
export function resolvePaymentMethod(core: Core, name: string, param: string): Stripe.PaymentMethod {
  const existing = core.store.paymentMethods.get(name);
  if (existing) return existing;
  const card = name.startsWith('pm_card_') || name.startsWith('tok_') ? findTestCard(name) : undefined;
  if (!card) throw errors.missing('PaymentMethod', name, param === 'payment_method' ? 'id' : param);
  return createCard(core, card);
}

/** Attaching verifies a card, so some are refused here already. */
export function attach(core: Core, name: string, customer: string, param = 'payment_method'): Stripe.PaymentMethod {
  const method = resolvePaymentMethod(core, name, param);
  if (method.customer === customer) return method;
  if (method.customer)
    throw errors.invalid(
      'This PaymentMethod has already been attached to a customer. Detach it first, or use another one.',
      param,
      'payment_method_unexpected_state',
    );
  const refusal = findTestCard(name);
  if (refusal?.isRefusedAtOnce && refusal.decline) throw cardError(refusal.decline, { payment_method: method });
  const attached = core.store.paymentMethods.patch(method.id, { customer });
  core.emit('payment_method.attached', attached);
  return attached;
}

export function cardError(
  declineCode: DeclineCode,
  more: { charge?: string; payment_intent?: Stripe.PaymentIntent; payment_method?: Stripe.PaymentMethod } = {},
): StripeFailure {
  const { code, message } = declineOf(declineCode);
  return new StripeFailure(
    402,
    { type: 'card_error', code, decline_code: declineCode, message, ...more },
    more.charge !== undefined || more.payment_intent !== undefined,
  );
}
