import type Stripe from 'stripe';
import { errors } from '../../errors.ts';
import { needCustomer } from '../../objects/customers.ts';
import { list } from '../lists.ts';
import { createCheckout } from '../checkout.ts';
import { find, type Route, within } from './route.ts';

export const checkout: Route[] = [
  ['POST', 'checkout/sessions', createCheckout],
  ['GET', 'checkout/sessions/:id', (core, _, id) => find(core.store.checkoutSessions.get(id), 'checkout.session', id)],
  [
    'POST',
    'checkout/sessions/:id/expire',
    (core, _, id) => {
      if (find(core.store.checkoutSessions.get(id), 'checkout.session', id).status !== 'open')
        throw errors.invalid('Only Checkout Sessions with a status in ["open"] can be expired.');
      return core.update(core.store.checkoutSessions, id, { status: 'expired', url: null }, 'checkout.session.expired');
    },
  ],
  [
    'GET',
    'checkout/sessions',
    (core, params) =>
      list(core.store.checkoutSessions, params, {
        url: '/v1/checkout/sessions',
        within: within(params, 'subscription', 'customer'),
      }),
  ],
  [
    'POST',
    'billing_portal/sessions',
    (core, params) => {
      const customer = needCustomer(core, params.required('customer'), 'customer');
      const id = core.id('bps');
      return core.store.portalSessions.put({
        id,
        object: 'billing_portal.session',
        configuration: 'bpc_default',
        created: core.now(),
        customer: customer.id,
        customer_account: null,
        flow: null,
        livemode: false,
        locale: null,
        on_behalf_of: null,
        return_url: params.text('return_url') ?? null,
        url: core.url(`/p/session/${id}`),
      } as unknown as Stripe.BillingPortal.Session);
    },
  ],
  [
    'GET',
    'billing_portal/configurations',
    (core, params) => list(core.store.portalConfigurations, params, { url: '/v1/billing_portal/configurations' }),
  ],
  [
    'POST',
    'billing_portal/configurations',
    (core, params) =>
      core.store.portalConfigurations.put({
        id: core.id('bpc'),
        object: 'billing_portal.configuration',
        active: true,
        application: null,
        created: core.now(),
        default_return_url: params.text('default_return_url') ?? null,
        is_default: core.store.portalConfigurations.size === 0,
        livemode: false,
        metadata: params.metadata(),
        name: null,
        updated: core.now(),
        features: params.form['features'] ?? {},
      } as unknown as Stripe.BillingPortal.Configuration),
  ],
];
