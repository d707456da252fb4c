import type Stripe from 'stripe';
import { type CheckoutEntry, completeCheckout } from './billing/checkout.ts';
import { advanceTo, nextInvoiceAt, setLead } from './billing/clock.ts';
import { chargeGuest } from './billing/charges.ts';
import { confirmPayments } from './billing/confirmations.ts';
import { settleDebits } from './billing/debits.ts';
import { closeDispute, type DisputeEnd, type DisputeInput, escalateDispute, openDispute } from './billing/disputes.ts';
import { warnOfFraud } from './billing/fraud-warnings.ts';
import { type Core, idOf } from './core.ts';
import type { Deliveries } from './delivery.ts';
import { type DeclineCode, errors, isDeclineCode, type RateLimit } from './errors.ts';
import { type History, loadHistory } from './history.ts';
import { createCard, createDebit, type DebitType, findTestCard } from './objects/cards.ts';
import { needCustomer, setDefaultPaymentMethod } from './objects/customers.ts';
import type { Trouble } from './api/app.ts';

export type Control = ReturnType<typeof createControl>;

const declineCode = (given: string): DeclineCode => {
  if (!isDeclineCode(given)) throw errors.invalid(`"${given}" is no decline code`, 'decline_code');
  return given;
};

/** What a person can make happen; the same by function, by POST /control/<name> and at the control page. */
export function createControl(core: Core, deliveries: Deliveries, trouble: Trouble, machineNow: () => number) {
  const { store } = core;
  const mood = (customer: string, change: Partial<ReturnType<Core['mood']>>) =>
    store.moods.put({ ...core.mood(needCustomer(core, customer).id), ...change });
  const settle = <T>(work: () => T): T => {
    const result = store.transaction(work, () => false);
    deliveries.flush();
    return result;
  };
  /** He pays with it from now on. */
  const useMethod = (method: Stripe.PaymentMethod, customer: string): Stripe.PaymentMethod => {
    core.emit('payment_method.attached', method);
    setDefaultPaymentMethod(core, customer, method.id);
    for (const subscription of store.subscriptions.by('customer', customer)) {
      if (subscription.default_payment_method && subscription.status !== 'canceled')
        core.update(
          store.subscriptions,
          idOf(subscription),
          { default_payment_method: method.id },
          'customer.subscription.updated',
        );
    }
    return method;
  };
  return {
    failNext: (customer: string, code: string = 'insufficient_funds') =>
      mood(customer, { failNext: declineCode(code) }),
    failAlways: (customer: string, code: string = 'insufficient_funds') =>
      mood(customer, { failAlways: declineCode(code) }),
    succeedAgain: (customer: string) => mood(customer, { failNext: null, failAlways: null, authenticates: false }),
    requireAuthentication: (customer: string) => mood(customer, { authenticates: true }),
    /** The customer does, or does not, what his bank asks of him for what waits → the invoices. */
    confirmPayments: (customer: string, isConfirmed = true) =>
      settle(() => confirmPayments(core, needCustomer(core, customer).id, isConfirmed)),
    /** From now on this customer pays by debit, whose outcome is told by `settleDebits`. */
    payByDebit: (customer: string, type: DebitType = 'sepa_debit') =>
      settle(() => useMethod(createDebit(core, type, needCustomer(core, customer).id), customer)),
    settleDebits: (customer: string, isPaid: boolean) => settle(() => settleDebits(core, customer, isPaid)),
    /** What becomes of a subscription when Stripe has tried often enough. */
    afterRetries: (outcome: 'canceled' | 'unpaid' | 'past_due') => store.meta.patch('meta', { afterRetries: outcome }),
    sendAgain(eventId: string, times = 1) {
      const id = eventId === 'last' ? store.events.newest(1)[0]?.id : eventId;
      if (!id || !store.events.get(id)) throw errors.missing('event', eventId);
      deliveries.again(id, Math.min(Math.max(times, 1), 20));
    },
    shuffle: (on: boolean) => store.meta.patch('meta', { shuffle: on }),
    duplicate: (on: boolean) => store.meta.patch('meta', { duplicate: on }),
    /** As an account made years ago has its events; null: as today's. */
    renderEvents: (version: string | null) => store.meta.patch('meta', { eventVersion: version }),
    /** An event of any type, also of one that nothing here gives occasion to. */
    tell: (type: string, object: object) => settle(() => core.emit(type as Stripe.Event['type'], object)),
    /** A count of deliveries to lose, true for all, false for none. */
    drop: (count: number | boolean) => store.meta.patch('meta', { drop: count === true ? null : Number(count) }),
    down(seconds: number) {
      trouble.downUntil = machineNow() + seconds * 1000;
    },
    /** So many requests refused with 429, for too many of them or, `lock_timeout`, a locked object. */
    rateLimit(count: number, says: RateLimit = {}) {
      trouble.rateLimited = count;
      trouble.rateLimit = says;
    },
    /** The next changes are made and nobody is answered; the SDK tries each three times. */
    loseAnswers(count: number) {
      trouble.answersLost = count;
    },
    /** The next changes never arrive. */
    loseRequests(count: number) {
      trouble.requestsLost = count;
    },
    slow(ms: number) {
      trouble.slowMs = Math.min(Math.max(ms, 0), 60_000);
    },
    /** Moves one customer's clock, and all that falls due on the way → his new time, unix seconds. */
    advanceCustomer(customer: string, by: { days: number } | 'next_invoice'): number {
      needCustomer(core, customer);
      const moment =
        by === 'next_invoice'
          ? (nextInvoiceAt(core, customer) ?? core.nowOf(customer))
          : core.nowOf(customer) + Math.round(by.days * 86_400);
      if (moment < core.nowOf(customer)) throw errors.invalid('A clock only goes forward', 'days');
      settle(() => {
        advanceTo(core, customer, moment);
        setLead(core, customer, moment);
      });
      return moment;
    },
    chargeGuest: (amount: number, currency: string) => settle(() => chargeGuest(core, amount, currency)),
    openDispute: (charge: string, given: DisputeInput = {}) =>
      settle(() => openDispute(core, store.charges.need(charge), given)),
    escalateDispute: (dispute: string) => settle(() => escalateDispute(core, dispute)),
    closeDispute: (dispute: string, end: DisputeEnd) => settle(() => closeDispute(core, dispute, end)),
    warnOfFraud: (charge: string, fraudType?: string) =>
      settle(() => warnOfFraud(core, store.charges.need(charge), fraudType)),
    completeCheckout: (session: string, entry: CheckoutEntry) => settle(() => completeCheckout(core, session, entry)),
    updateCardInPortal: (customer: string, card: string): Stripe.PaymentMethod =>
      settle(() => {
        const found = findTestCard(card);
        if (!found) throw errors.invalid('Your card number is incorrect.', 'number', 'incorrect_number');
        return useMethod(createCard(core, found, { customer: needCustomer(core, customer).id }), customer);
      }),
    load: (history: History) => settle(() => loadHistory(core, history)),
  };
}
