import type Stripe from 'stripe';
import { list } from '../lists.ts';
import { find, type Route, within } from './route.ts';

export const events: Route[] = [
  [
    'POST',
    'webhook_endpoints',
    (core, params) => {
      const secret = `whsec_${core.store.random.text(32)}`;
      const endpoint = core.store.webhookEndpoints.put({
        id: core.id('we'),
        object: 'webhook_endpoint',
        api_version: params.text('api_version') ?? null,
        application: null,
        created: core.now(),
        description: params.text('description') ?? null,
        enabled_events: params.texts('enabled_events') ?? ['*'],
        livemode: false,
        metadata: params.metadata(),
        secret,
        status: 'enabled',
        url: params.required('url'),
      } as Stripe.WebhookEndpoint);
      return endpoint;
    },
  ],
  [
    'POST',
    'webhook_endpoints/:id',
    (core, params, id) =>
      core.store.webhookEndpoints.patch(find(core.store.webhookEndpoints.get(id), 'webhook endpoint', id).id, {
        enabled_events: params.texts('enabled_events') ?? core.store.webhookEndpoints.need(id).enabled_events,
        ...(params.has('disabled') ? { status: params.boolean('disabled') ? 'disabled' : 'enabled' } : {}),
      }),
  ],
  // The secret is told once.
  [
    'GET',
    'webhook_endpoints',
    (core, params) => {
      const page = list(core.store.webhookEndpoints, params, { url: '/v1/webhook_endpoints' }) as {
        data: Stripe.WebhookEndpoint[];
      };
      return { ...page, data: page.data.map(({ secret: _secret, ...endpoint }) => endpoint) };
    },
  ],
  [
    'DELETE',
    'webhook_endpoints/:id',
    (core, _, id) => {
      core.store.webhookEndpoints.remove(find(core.store.webhookEndpoints.get(id), 'webhook endpoint', id).id);
      return { id, object: 'webhook_endpoint', deleted: true };
    },
  ],
  ['GET', 'events/:id', (core, _, id) => find(core.store.events.get(id), 'event', id)],
  [
    'GET',
    'events',
    (core, params) => {
      const types = params.texts('types');
      return list(core.store.events, params, {
        url: '/v1/events',
        within: within(params, 'type'),
        ...(types ? { filter: ({ type }: Stripe.Event) => types.includes(type) } : {}),
      });
    },
  ],
  [
    'GET',
    'account',
    (core) => ({
      id: 'acct_local',
      object: 'account',
      business_profile: { name: core.account.name },
      country: 'FR',
      default_currency: 'eur',
    }),
  ],
];
