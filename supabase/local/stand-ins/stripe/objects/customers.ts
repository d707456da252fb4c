import type Stripe from 'stripe';
import type { Core } from '../core.ts';
import { errors } from '../errors.ts';

export function newCustomer(core: Core, fields: Partial<Stripe.Customer>): Stripe.Customer {
  return {
    id: core.id('cus', 14),
    object: 'customer',
    address: null,
    balance: 0,
    created: core.now(),
    currency: null,
    default_source: null,
    delinquent: false,
    description: null,
    discount: null,
    email: null,
    invoice_prefix: core.store.random.text(8, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'),
    invoice_settings: { custom_fields: null, default_payment_method: null, footer: null, rendering_options: null },
    livemode: false,
    metadata: {},
    name: null,
    next_invoice_sequence: 1,
    phone: null,
    preferred_locales: [],
    shipping: null,
    tax_exempt: 'none',
    test_clock: null,
    ...fields,
  };
}

export function needCustomer(core: Core, id: string, param = 'id'): Stripe.Customer {
  const customer = core.store.customers.get(id);
  // Who was deleted is remembered, and nothing new can name him.
  if (!customer || core.store.deletedCustomers.get(id)) throw errors.missing('customer', id, param);
  return customer;
}

export function setDefaultPaymentMethod(core: Core, customer: string, paymentMethod: string): void {
  const { invoice_settings } = core.store.customers.need(customer);
  core.update(
    core.store.customers,
    customer,
    { invoice_settings: { ...invoice_settings, default_payment_method: paymentMethod } },
    'customer.updated',
  );
}
