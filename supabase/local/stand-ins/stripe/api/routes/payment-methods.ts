import { attach } from '../../objects/cards.ts';
import { needCustomer } from '../../objects/customers.ts';
import { list } from '../lists.ts';
import { find, type Route, within } from './route.ts';

export const paymentMethods: Route[] = [
  ['GET', 'payment_methods/:id', (core, _, id) => find(core.store.paymentMethods.get(id), 'PaymentMethod', id)],
  [
    'POST',
    'payment_methods/:id/attach',
    (core, params, id) => attach(core, id, needCustomer(core, params.required('customer'), 'customer').id),
  ],
  [
    'POST',
    'payment_methods/:id/detach',
    (core, _, id) =>
      core.update(
        core.store.paymentMethods,
        find(core.store.paymentMethods.get(id), 'PaymentMethod', id).id,
        { customer: null },
        'payment_method.detached',
      ),
  ],
  [
    'GET',
    'payment_methods',
    (core, params) =>
      list(core.store.paymentMethods, params, { url: '/v1/payment_methods', within: within(params, 'customer') }),
  ],
  [
    'GET',
    'customers/:id/payment_methods',
    (core, params, id) =>
      list(core.store.paymentMethods, params, { url: `/v1/customers/${id}/payment_methods`, within: ['customer', id] }),
  ],
];
