import type Stripe from 'stripe';
import type { Core } from '../../core.ts';
import { errors } from '../../errors.ts';
import { needCustomer } from '../../objects/customers.ts';
import type { Params } from '../../params.ts';
import { list } from '../lists.ts';
import { createCheckout } from '../checkout.ts';
import { find, type Route, within } from './route.ts';

/** Words of a form become what they say. */
const valueOf = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(valueOf)
    : typeof value === 'object' && value !== null
      ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, valueOf(inner)]))
      : value === 'true' || value === 'false'
        ? value === 'true'
        : value;

/** What is not named stays as it was. */
const featuresOf = (
  params: Params,
  held: Stripe.BillingPortal.Configuration.Features,
): Stripe.BillingPortal.Configuration.Features =>
  Object.fromEntries(
    Object.entries({ ...held, ...(valueOf(params.form['features'] ?? {}) as object) }).map(([key, given]) => [
      key,
      { ...(held as unknown as Record<string, object>)[key], ...(given as object) },
    ]),
  ) as unknown as Stripe.BillingPortal.Configuration.Features;

function configurationOf(core: Core, params: Params): Stripe.BillingPortal.Configuration {
  const id = params.text('configuration');
  if (id) {
    const found = core.store.portalConfigurations.get(id);
    if (!found) throw errors.missing('configuration', id, 'configuration');
    return found;
  }
  const standard = core.store.portalConfigurations.all().find(({ is_default }) => is_default);
  if (!standard)
    throw errors.invalid(
      'No configuration provided and your test mode default configuration has not been created. Provide a ' +
        'configuration or create your default by saving your customer portal settings in test mode at ' +
        'https://dashboard.stripe.com/test/settings/billing/portal.',
    );
  return standard;
}

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
        configuration: configurationOf(core, params).id,
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
    (core, params) => {
      const [active, isDefault] = [params.boolean('active'), params.boolean('is_default')];
      return list(core.store.portalConfigurations, params, {
        url: '/v1/billing_portal/configurations',
        filter: (one) =>
          (active === undefined || one.active === active) && (isDefault === undefined || one.is_default === isDefault),
      });
    },
  ],
  [
    'POST',
    'billing_portal/configurations/:id',
    (core, params, id) => {
      const held = find(core.store.portalConfigurations.get(id), 'configuration', id);
      return core.update(
        core.store.portalConfigurations,
        id,
        {
          ...(params.has('default_return_url')
            ? { default_return_url: params.text('default_return_url') || null }
            : {}),
          ...(params.has('active') ? { active: params.boolean('active') ?? true } : {}),
          ...(params.has('features') ? { features: featuresOf(params, held.features) } : {}),
          metadata: params.metadata(held.metadata ?? {}),
          updated: core.now(),
        },
        'billing_portal.configuration.updated',
      );
    },
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
        features: featuresOf(params, {} as Stripe.BillingPortal.Configuration.Features),
      } as unknown as Stripe.BillingPortal.Configuration),
  ],
];
