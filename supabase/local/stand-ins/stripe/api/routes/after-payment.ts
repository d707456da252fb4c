import type Stripe from 'stripe';
import { createCreditNote, voidCreditNote } from '../../billing/credit-notes.ts';
import type { Core } from '../../core.ts';
import type { Params } from '../../params.ts';
import { list } from '../lists.ts';
import { find, type Route, within } from './route.ts';

const reasons = ['duplicate', 'fraudulent', 'order_change', 'product_unsatisfactory'] as const;

function credit(core: Core, params: Params): Stripe.CreditNote {
  const id = params.required('invoice');
  const invoice = find(core.store.invoices.get(id), 'invoice', id);
  const [credited, refunded, outOfBand] = [
    params.integer('credit_amount') ?? 0,
    params.integer('refund_amount') ?? 0,
    params.integer('out_of_band_amount') ?? 0,
  ];
  return createCreditNote(core, invoice, {
    amount: params.integer('amount') ?? credited + refunded + outOfBand,
    reason: params.choice('reason', reasons) ?? null,
    memo: params.text('memo') ?? null,
    credited,
    refunded,
    outOfBand,
  });
}

/** What becomes of an invoice or a charge once the money has moved. */
export const afterPayment: Route[] = [
  ['POST', 'credit_notes', (core, params) => credit(core, params)],
  ['GET', 'credit_notes/:id', (core, _, id) => find(core.store.creditNotes.get(id), 'credit note', id)],
  [
    'POST',
    'credit_notes/:id/void',
    (core, _, id) => voidCreditNote(core, find(core.store.creditNotes.get(id), 'credit note', id)),
  ],
  [
    'GET',
    'credit_notes',
    (core, params) =>
      list(core.store.creditNotes, params, { url: '/v1/credit_notes', within: within(params, 'invoice', 'customer') }),
  ],
  [
    'GET',
    'radar/early_fraud_warnings/:id',
    (core, _, id) => find(core.store.fraudWarnings.get(id), 'early fraud warning', id),
  ],
  [
    'GET',
    'radar/early_fraud_warnings',
    (core, params) =>
      list(core.store.fraudWarnings, params, {
        url: '/v1/radar/early_fraud_warnings',
        within: within(params, 'charge'),
      }),
  ],
];
