import type Stripe from 'stripe';
import { readDiscounts, setDiscounts, setItemDiscounts } from '../../billing/discounts.ts';
import { needRates } from '../../billing/taxes.ts';
import { cancelNow } from '../../billing/renewals.ts';
import { changeItem, type ProrationBehavior } from '../../billing/plan-changes.ts';
import { createSubscription, hasEnded } from '../../billing/subscriptions.ts';
import { type Core, idOf, listOf } from '../../core.ts';
import { errors } from '../../errors.ts';
import { attach } from '../../objects/cards.ts';
import { needCustomer } from '../../objects/customers.ts';
import type { Params } from '../../params.ts';
import { list } from '../lists.ts';
import { find, itemFor, needSubscription, priceFor, redemptions, type Route, within } from './route.ts';

export const subscriptions: Route[] = [
  [
    'POST',
    'subscriptions',
    (core, params) => {
      const customer = needCustomer(core, params.required('customer'), 'customer');
      const items = (params.children('items') ?? []).map((item) => itemFor(core, item, customer.id));
      if (items.length === 0) throw errors.required('items');
      const days = params.integer('trial_period_days');
      const method = params.text('default_payment_method');
      return createSubscription(core, {
        customer: customer.id,
        items,
        taxRates: needRates(core, params.texts('default_tax_rates') ?? []),
        metadata: params.metadata(),
        description: params.text('description') ?? null,
        cancelAtPeriodEnd: params.boolean('cancel_at_period_end') ?? false,
        trialEnd:
          params.moment('trial_end', core.nowOf(customer.id)) ??
          (days ? core.nowOf(customer.id) + days * 86_400 : null),
        defaultPaymentMethod: method ? attach(core, method, customer.id, 'default_payment_method').id : null,
        discounts: redemptions(core, params, customer.id) ?? [],
        paymentBehavior: params.text('payment_behavior'),
      });
    },
  ],
  ['GET', 'subscriptions/:id', (core, _, id) => needSubscription(core, id)],
  ['POST', 'subscriptions/:id', (core, params, id) => updateSubscription(core, params, needSubscription(core, id))],
  [
    'DELETE',
    'subscriptions/:id',
    (core, params, id) =>
      cancelNow(core, needSubscription(core, id).id, params.child('cancellation_details')?.text('comment') ?? null),
  ],
  [
    'DELETE',
    'subscriptions/:id/discount',
    (core, _, id) => {
      setDiscounts(core, needSubscription(core, id).id, []);
      return { object: 'discount', subscription: id, deleted: true };
    },
  ],
  [
    'GET',
    'subscriptions',
    (core, params) => {
      const status = params.text('status');
      const price = params.text('price');
      return list(core.store.subscriptions, params, {
        url: '/v1/subscriptions',
        within: within(params, 'customer'),
        filter: (one) =>
          (status === 'all' || (status ? one.status === status : one.status !== 'canceled')) &&
          (!price || one.items.data.some((item) => item.price.id === price)),
      });
    },
  ],
  [
    'GET',
    'subscription_items/:id',
    (core, _, id) =>
      find(
        core.store.subscriptions
          .all()
          .flatMap((one) => (hasEnded(one) ? [] : one.items.data))
          .find((item) => item.id === id),
        'subscription_item',
        id,
      ),
  ],
  [
    'GET',
    'subscription_items',
    (core, params) =>
      listOf(needSubscription(core, params.required('subscription')).items.data, '/v1/subscription_items'),
  ],
];

/** https://docs.stripe.com/billing/subscriptions/pending-updates-reference#supported-attributes */
const besidePending = [
  'add_invoice_items',
  'billing_cycle_anchor',
  'items',
  'metadata',
  'payment_behavior',
  'proration_behavior',
  'proration_date',
  'trial_end',
  'trial_from_plan',
];

function refuseBesidePending(params: Params): void {
  const refused = [
    ...Object.keys(params.form).filter((key) => !besidePending.includes(key)),
    ...(params.children('items') ?? []).flatMap((item) =>
      Object.keys(item.form)
        .filter((key) => !['id', 'price', 'quantity'].includes(key))
        .map((key) => item.name(key)),
    ),
  ];
  if (refused.length > 0)
    throw errors.invalid(
      `\`payment_behavior=pending_if_incomplete\` does not support the parameters: ${refused.join(', ')}.`,
      refused[0],
    );
}

function updateSubscription(core: Core, params: Params, subscription: Stripe.Subscription): Stripe.Subscription {
  if (hasEnded(subscription))
    throw errors.invalid(
      'A canceled subscription can only update its cancellation_details and metadata.',
      undefined,
      'invalid_canceled_subscription_fields',
    );
  if (params.text('payment_behavior') === 'pending_if_incomplete') refuseBesidePending(params);
  const { id } = subscription;
  const customer = idOf(subscription.customer);
  const now = core.nowOf(customer);
  const end = subscription.items.data[0]!.current_period_end;
  const method = params.text('default_payment_method');
  const atEnd = params.boolean('cancel_at_period_end');
  const comment = params.child('cancellation_details')?.text('comment') ?? null;
  const pause = params.child('pause_collection');
  core.update(
    core.store.subscriptions,
    id,
    {
      metadata: params.metadata(subscription.metadata),
      ...(params.has('description') ? { description: params.text('description') || null } : {}),
      ...(params.has('default_tax_rates')
        ? { default_tax_rates: needRates(core, params.texts('default_tax_rates') ?? []) }
        : {}),
      ...(method ? { default_payment_method: attach(core, method, customer, 'default_payment_method').id } : {}),
      ...(atEnd === undefined
        ? {}
        : atEnd
          ? {
              cancel_at_period_end: true,
              cancel_at: end,
              canceled_at: subscription.canceled_at ?? now,
              cancellation_details: {
                comment,
                feedback: null,
                feedback_option: null,
                reason: 'cancellation_requested' as const,
              },
            }
          : {
              cancel_at_period_end: false,
              cancel_at: null,
              canceled_at: null,
              cancellation_details: { comment: null, feedback: null, feedback_option: null, reason: null },
            }),
      ...(params.has('cancel_at')
        ? { cancel_at: params.integer('cancel_at') ?? null, canceled_at: params.isEmpty('cancel_at') ? null : now }
        : {}),
      ...(params.has('pause_collection')
        ? {
            pause_collection: pause
              ? {
                  behavior: pause.choice('behavior', ['void', 'keep_as_draft', 'mark_uncollectible']) ?? 'void',
                  resumes_at: pause.integer('resumes_at') ?? null,
                }
              : null,
          }
        : {}),
    },
    'customer.subscription.updated',
  );
  const discounts = readDiscounts(core, params, customer);
  if (discounts || params.isEmpty('discounts')) setDiscounts(core, id, discounts ?? []);
  const behavior =
    params.choice('proration_behavior', ['always_invoice', 'create_prorations', 'none']) ?? 'create_prorations';
  for (const item of params.children('items') ?? []) {
    const itemId = item.text('id') ?? subscription.items.data[0]!.id;
    const wanted = readDiscounts(core, item, customer);
    if (wanted || item.isEmpty('discounts')) setItemDiscounts(core, id, itemId, wanted ?? []);
    if (!item.has('price')) continue;
    changeItem(core, id, itemId, priceFor(core, item), {
      behavior: behavior as ProrationBehavior,
      at: params.integer('proration_date'),
      paymentBehavior: params.text('payment_behavior'),
    });
  }
  return core.store.subscriptions.need(id);
}
