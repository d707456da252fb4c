import { tellRemoved } from '../../billing/discounts.ts';
import { cancelNow } from '../../billing/renewals.ts';
import { hasEnded } from '../../billing/subscriptions.ts';
import { errors } from '../../errors.ts';
import { attach } from '../../objects/cards.ts';
import { needCustomer, newCustomer } from '../../objects/customers.ts';
import { list } from '../lists.ts';
import type { Route } from './route.ts';

export const customers: Route[] = [
  [
    'POST',
    'customers',
    (core, params) => {
      const clock = params.text('test_clock') ?? null;
      if (clock && !core.store.testClocks.get(clock)) throw errors.missing('test clock', clock, 'test_clock');
      const customer = core.store.customers.put(
        newCustomer(core, {
          email: params.text('email') ?? null,
          name: params.text('name') ?? null,
          metadata: params.metadata(),
          preferred_locales: params.texts('preferred_locales') ?? [],
          test_clock: clock,
        }),
      );
      core.emit('customer.created', customer);
      const method = params.text('payment_method') ?? params.child('invoice_settings')?.text('default_payment_method');
      if (method)
        core.update(
          core.store.customers,
          customer.id,
          {
            invoice_settings: {
              ...customer.invoice_settings,
              default_payment_method: attach(core, method, customer.id).id,
            },
          },
          'customer.updated',
        );
      return core.store.customers.need(customer.id);
    },
  ],
  ['GET', 'customers/:id', (core, _, id) => core.store.deletedCustomers.get(id) ?? needCustomer(core, id)],
  [
    'POST',
    'customers/:id',
    (core, params, id) => {
      const customer = needCustomer(core, id);
      const method = params.child('invoice_settings')?.text('default_payment_method');
      return core.update(
        core.store.customers,
        id,
        {
          ...(params.has('email') ? { email: params.text('email') || null } : {}),
          ...(params.has('name') ? { name: params.text('name') || null } : {}),
          metadata: params.metadata(customer.metadata),
          ...(method
            ? {
                invoice_settings: { ...customer.invoice_settings, default_payment_method: attach(core, method, id).id },
              }
            : {}),
        },
        'customer.updated',
      );
    },
  ],
  [
    'DELETE',
    'customers/:id',
    (core, _, id) => {
      const customer = needCustomer(core, id);
      for (const subscription of core.store.subscriptions.by('customer', id))
        if (!hasEnded(subscription)) cancelNow(core, subscription.id, null);
      core.store.deletedCustomers.put({ id, object: 'customer', deleted: true });
      core.emit('customer.deleted', customer);
      return { id, object: 'customer', deleted: true };
    },
  ],
  [
    'GET',
    'customers',
    (core, params) => {
      const email = params.text('email');
      return list(core.store.customers, params, {
        url: '/v1/customers',
        ...(email ? { within: ['email', email] } : {}),
        filter: ({ id }) => !core.store.deletedCustomers.get(id),
      });
    },
  ],
  [
    'DELETE',
    'customers/:id/discount',
    (core, _, id) => {
      const { discount } = needCustomer(core, id);
      if (!discount) throw errors.missing('discount', id);
      core.update(core.store.customers, id, { discount: null }, 'customer.updated');
      tellRemoved(core, discount);
      return { id: discount.id, object: 'discount', customer: id, deleted: true };
    },
  ],
];
