import { refund } from '../../billing/refunds.ts';
import { list } from '../lists.ts';
import { find, type Route, within } from './route.ts';

export const payments: Route[] = [
  ['GET', 'invoice_payments/:id', (core, _, id) => find(core.store.invoicePayments.get(id), 'invoice payment', id)],
  [
    'GET',
    'invoice_payments',
    (core, params) => {
      const intent = params.child('payment')?.text('payment_intent');
      return list(core.store.invoicePayments, params, {
        url: '/v1/invoice_payments',
        within: intent ? ['payment_intent', intent] : within(params, 'invoice'),
      });
    },
  ],
  ['GET', 'payment_intents/:id', (core, _, id) => find(core.store.paymentIntents.get(id), 'payment_intent', id)],
  [
    'GET',
    'payment_intents',
    (core, params) =>
      list(core.store.paymentIntents, params, { url: '/v1/payment_intents', within: within(params, 'customer') }),
  ],
  ['GET', 'charges/:id', (core, _, id) => find(core.store.charges.get(id), 'charge', id)],
  [
    'GET',
    'charges',
    (core, params) =>
      list(core.store.charges, params, { url: '/v1/charges', within: within(params, 'payment_intent', 'customer') }),
  ],
  [
    'POST',
    'refunds',
    (core, params) => {
      const intent = params.text('payment_intent');
      const id =
        params.text('charge') ??
        (intent
          ? (find(core.store.paymentIntents.get(intent), 'payment_intent', intent).latest_charge as string)
          : params.required('charge'));
      return refund(core, find(core.store.charges.get(id), 'charge', id), params.integer('amount'), {
        reason: params.choice('reason', ['duplicate', 'fraudulent', 'requested_by_customer']) ?? null,
        metadata: params.metadata(),
      });
    },
  ],
  ['GET', 'refunds/:id', (core, _, id) => find(core.store.refunds.get(id), 'refund', id)],
  [
    'GET',
    'refunds',
    (core, params) =>
      list(core.store.refunds, params, { url: '/v1/refunds', within: within(params, 'charge', 'payment_intent') }),
  ],
  ['GET', 'disputes/:id', (core, _, id) => find(core.store.disputes.get(id), 'dispute', id)],
  [
    'GET',
    'disputes',
    (core, params) =>
      list(core.store.disputes, params, { url: '/v1/disputes', within: within(params, 'charge', 'payment_intent') }),
  ],
];
