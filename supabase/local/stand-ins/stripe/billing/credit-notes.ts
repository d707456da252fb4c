import type Stripe from 'stripe';
import { type Core, idOf, listOf } from '../core.ts';
import { errors } from '../errors.ts';
import { refund } from './refunds.ts';
import { markPaid } from './settlement.ts';

export interface CreditNoteInput {
  amount: number;
  reason: Stripe.CreditNote['reason'];
  memo: string | null;
  /** Of a paid invoice: given back by the card, kept for the customer, or settled elsewhere. */
  refunded: number;
  credited: number;
  outOfBand: number;
}

/** Lowers an invoice: what is open need not be paid any more, what was paid is given back one way or the other. */
export function createCreditNote(core: Core, invoice: Stripe.Invoice, given: CreditNoteInput): Stripe.CreditNote {
  if (invoice.status !== 'open' && invoice.status !== 'paid')
    throw errors.invalid(`Credit notes can only be created for open or paid invoices: this one is ${invoice.status}.`);
  const isOpen = invoice.status === 'open';
  const notes = core.store.creditNotes.by('invoice', invoice.id!).filter(({ status }) => status === 'issued');
  const left = isOpen
    ? invoice.amount_remaining
    : invoice.amount_paid - notes.reduce((sum, { total }) => sum + total, 0);
  if (given.amount < 1 || given.amount > left)
    throw errors.invalid(`Credit note amount must be between 1 and ${left}.`, 'amount');
  if (!isOpen && given.refunded + given.credited + given.outOfBand !== given.amount)
    throw errors.invalid(
      'The sum of credit amount, refund amount and out of band amount must equal the post payment amount.',
    );
  const customer = idOf(invoice.customer as string);
  const charge = isOpen ? undefined : core.store.charges.by('payment_intent', intentOf(core, invoice) ?? '')[0];
  const refunds =
    given.refunded > 0 && charge
      ? [refund(core, charge, given.refunded, { reason: 'requested_by_customer', metadata: {} })]
      : [];
  if (given.credited > 0) {
    const { balance } = core.store.customers.need(customer);
    core.update(core.store.customers, customer, { balance: balance - given.credited }, 'customer.updated');
  }
  const note = core.store.creditNotes.put({
    id: core.id('cn'),
    object: 'credit_note',
    amount: given.amount,
    amount_shipping: 0,
    created: core.nowOf(customer),
    currency: invoice.currency,
    customer,
    customer_account: null,
    customer_balance_transaction: null,
    discount_amount: 0,
    discount_amounts: [],
    effective_at: core.nowOf(customer),
    invoice: invoice.id!,
    lines: listOf([], '/v1/credit_notes/lines'),
    livemode: false,
    memo: given.memo,
    metadata: {},
    number: `${invoice.number}-CN-${String(notes.length + 1).padStart(2, '0')}`,
    out_of_band_amount: isOpen ? null : given.outOfBand,
    pdf: core.url(`/i/${invoice.id}/credit-note`),
    post_payment_amount: isOpen ? 0 : given.amount,
    pre_payment_amount: isOpen ? given.amount : 0,
    pretax_credit_amounts: [],
    reason: given.reason,
    refunds: refunds.map(({ id, amount }) => ({
      amount_refunded: amount,
      payment_record_refund: null,
      refund: id,
      type: 'refund',
    })),
    shipping_cost: null,
    status: 'issued',
    subtotal: given.amount,
    subtotal_excluding_tax: given.amount,
    total: given.amount,
    total_excluding_tax: given.amount,
    total_taxes: [],
    type: isOpen ? 'pre_payment' : 'post_payment',
    voided_at: null,
  });
  credit(core, invoice, isOpen, given.amount);
  core.emit('credit_note.created', note);
  return note;
}

function credit(core: Core, invoice: Stripe.Invoice, isOpen: boolean, amount: number): void {
  core.update(
    core.store.invoices,
    invoice.id!,
    isOpen
      ? {
          amount_due: invoice.amount_due - amount,
          amount_remaining: invoice.amount_remaining - amount,
          pre_payment_credit_notes_amount: invoice.pre_payment_credit_notes_amount + amount,
        }
      : { post_payment_credit_notes_amount: invoice.post_payment_credit_notes_amount + amount },
    'invoice.updated',
  );
  if (isOpen && invoice.amount_remaining === amount) markPaid(core, invoice.id!, 0);
}

/** Stripe takes back only what an open invoice was lowered by. */
export function voidCreditNote(core: Core, note: Stripe.CreditNote): Stripe.CreditNote {
  const invoice = core.store.invoices.need(idOf(note.invoice));
  if (note.status === 'void' || invoice.status !== 'open')
    throw errors.invalid(`You can only void credit notes of open invoices: this one is ${invoice.status}.`);
  const voided = core.update(
    core.store.creditNotes,
    note.id,
    { status: 'void', voided_at: core.nowOf(idOf(note.customer as string)) },
    'credit_note.voided',
  );
  credit(core, invoice, true, -note.total);
  return voided;
}

const intentOf = (core: Core, invoice: Stripe.Invoice) =>
  core.store.invoicePayments.by('invoice', invoice.id!)[0]?.payment.payment_intent as string | undefined;
