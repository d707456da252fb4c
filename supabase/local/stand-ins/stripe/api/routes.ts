import type Stripe from 'stripe';
import { activeRedemption } from './read.ts';
import { advanceTo } from '../billing/clock.ts';
import { isValid, readDiscounts, type Redemption, tellRemoved } from '../billing/discounts.ts';
import { collect, finalize, markUncollectible, voidInvoice } from '../billing/invoices.ts';
import { refund } from '../billing/payments.ts';
import {
  cancelNow,
  changeItem,
  createSubscription,
  hasEnded,
  preview,
  type ProrationBehavior,
  setDiscounts,
} from '../billing/subscriptions.ts';
import { type Core, idOf, listOf } from '../core.ts';
import { errors } from '../errors.ts';
import { attach, resolvePaymentMethod } from '../objects/cards.ts';
import { newPrice, newProduct } from '../objects/catalogue.ts';
import { needCustomer, newCustomer } from '../objects/customers.ts';
import type { Params } from '../params.ts';
import { list } from './lists.ts';
import { createCheckout } from './checkout.ts';

type Handler = (core: Core, params: Params, id: string) => unknown;
type Route = [method: 'GET' | 'POST' | 'DELETE', path: string, handler: Handler];

const find = <T>(object: T | undefined, noun: string, id: string): T => {
  if (object === undefined) throw errors.missing(noun, id);
  return object;
};
const within = (params: Params, ...keys: string[]): readonly [string, string] | undefined => {
  for (const key of keys) {
    const value = params.text(key);
    if (value) return [key, value];
  }
  return undefined;
};
const priceFor = (core: Core, params: Params): { price: Stripe.Price; quantity: number } => {
  const id = params.required('price');
  const price = core.store.prices.get(id);
  if (!price) throw errors.missing('price', id, params.name('price'));
  return { price, quantity: params.integer('quantity') ?? 1 };
};
const redemptions = (core: Core, params: Params, customer: string): Redemption[] | undefined =>
  readDiscounts(core, params, customer)?.map(activeRedemption);

const catalogue: Route[] = [
  [
    'POST',
    'products',
    (core, params) => {
      const id = params.text('id');
      if (id && core.store.products.get(id))
        throw errors.invalid('Product already exists.', 'id', 'resource_already_exists');
      const product = core.store.products.put(
        newProduct(core, {
          ...(id ? { id } : {}),
          name: params.required('name'),
          description: params.text('description') ?? null,
          metadata: params.metadata(),
        }),
      );
      core.emit('product.created', product);
      return product;
    },
  ],
  ['GET', 'products/:id', (core, _, id) => find(core.store.products.get(id), 'product', id)],
  [
    'POST',
    'products/:id',
    (core, params, id) =>
      core.update(
        core.store.products,
        find(core.store.products.get(id), 'product', id).id,
        {
          ...(params.has('name') ? { name: params.required('name') } : {}),
          ...(params.has('active') ? { active: params.boolean('active') ?? true } : {}),
          metadata: params.metadata(core.store.products.need(id).metadata),
        },
        'product.updated',
      ),
  ],
  ['GET', 'products', (core, params) => list(core.store.products, params, { url: '/v1/products' })],
  [
    'POST',
    'prices',
    (core, params) => {
      const product = params.required('product');
      if (!core.store.products.get(product)) throw errors.missing('product', product, 'product');
      const recurring = params.child('recurring');
      const key = params.text('lookup_key') ?? null;
      for (const other of key ? core.store.prices.by('lookup_key', key) : []) {
        if (!params.boolean('transfer_lookup_key'))
          throw errors.invalid(
            `A price (\`${other.id}\`) already uses that lookup key.`,
            'lookup_key',
            'resource_already_exists',
          );
        core.update(core.store.prices, other.id, { lookup_key: null }, 'price.updated');
      }
      const price = core.store.prices.put(
        newPrice(
          core,
          {
            product,
            currency: params.required('currency'),
            unit_amount: params.integer('unit_amount') ?? 0,
            lookup_key: key,
            metadata: params.metadata(),
            nickname: params.text('nickname') ?? null,
          },
          recurring
            ? {
                interval: recurring.choice('interval', ['day', 'week', 'month', 'year']) ?? 'month',
                interval_count: recurring.integer('interval_count') ?? 1,
              }
            : undefined,
        ),
      );
      core.emit('price.created', price);
      return price;
    },
  ],
  ['GET', 'prices/:id', (core, _, id) => find(core.store.prices.get(id), 'price', id)],
  [
    'GET',
    'prices',
    (core, params) => {
      const [keys, active, product] = [params.texts('lookup_keys'), params.boolean('active'), params.text('product')];
      return list(core.store.prices, params, {
        url: '/v1/prices',
        filter: (price) =>
          (!keys || keys.includes(price.lookup_key ?? '')) &&
          (active === undefined || price.active === active) &&
          (!product || price.product === product),
      });
    },
  ],
  [
    'POST',
    'coupons',
    (core, params) => {
      const [percent, amount, duration] = [
        params.number('percent_off'),
        params.integer('amount_off'),
        params.choice('duration', ['once', 'repeating', 'forever']) ?? 'once',
      ];
      if ((percent === undefined) === (amount === undefined))
        throw errors.invalid('You must pass either percent_off or amount_off', 'percent_off');
      if (percent !== undefined && !(percent > 0 && percent <= 100))
        throw errors.invalid('Invalid percent_off: must be between 0 and 100', 'percent_off');
      if (duration === 'repeating' && !params.integer('duration_in_months'))
        throw errors.required('duration_in_months');
      const id = params.text('id') ?? core.store.random.text(8);
      if (core.store.coupons.get(id)) throw errors.invalid('Coupon already exists.', 'id', 'resource_already_exists');
      const coupon = {
        id,
        object: 'coupon',
        amount_off: amount ?? null,
        created: core.now(),
        currency: amount === undefined ? null : (params.text('currency') ?? 'eur'),
        duration,
        duration_in_months: params.integer('duration_in_months') ?? null,
        livemode: false,
        max_redemptions: params.integer('max_redemptions') ?? null,
        metadata: params.metadata(),
        name: params.text('name') ?? null,
        percent_off: percent ?? null,
        redeem_by: params.integer('redeem_by') ?? null,
        times_redeemed: 0,
        valid: true,
      } as unknown as Stripe.Coupon;
      core.emit('coupon.created', core.store.coupons.put(coupon));
      return coupon;
    },
  ],
  ['GET', 'coupons/:id', (core, _, id) => find(core.store.coupons.get(id), 'coupon', id)],
  [
    'POST',
    'coupons/:id',
    (core, params, id) =>
      core.update(
        core.store.coupons,
        find(core.store.coupons.get(id), 'coupon', id).id,
        { name: params.text('name') ?? null, metadata: params.metadata(core.store.coupons.need(id).metadata) },
        'coupon.updated',
      ),
  ],
  [
    'DELETE',
    'coupons/:id',
    (core, _, id) => {
      const coupon = core.store.coupons.put({ ...find(core.store.coupons.get(id), 'coupon', id), valid: false });
      core.emit('coupon.deleted', coupon);
      return { id, object: 'coupon', deleted: true };
    },
  ],
  [
    'GET',
    'coupons',
    (core, params) => {
      const page = list(core.store.coupons, params, { url: '/v1/coupons' }) as { data: Stripe.Coupon[] };
      return {
        ...page,
        data: page.data.map((coupon) => ({ ...coupon, valid: coupon.valid && isValid(core, coupon) })),
      };
    },
  ],
  [
    'POST',
    'promotion_codes',
    (core, params) => {
      const coupon = params.child('promotion')?.required('coupon') ?? params.required('coupon');
      if (!core.store.coupons.get(coupon)) throw errors.missing('coupon', coupon, 'coupon');
      const code = params.text('code') ?? core.store.random.text(8).toUpperCase();
      const made = {
        id: core.id('promo'),
        object: 'promotion_code',
        active: params.boolean('active') ?? true,
        code,
        created: core.now(),
        customer: params.text('customer') ?? null,
        expires_at: params.integer('expires_at') ?? null,
        livemode: false,
        max_redemptions: params.integer('max_redemptions') ?? null,
        metadata: params.metadata(),
        promotion: { coupon, type: 'coupon' },
        restrictions: { first_time_transaction: false, minimum_amount: null, minimum_amount_currency: null },
        times_redeemed: 0,
      } as unknown as Stripe.PromotionCode;
      core.emit('promotion_code.created', core.store.promotionCodes.put(made));
      return made;
    },
  ],
  ['GET', 'promotion_codes/:id', (core, _, id) => find(core.store.promotionCodes.get(id), 'promotion code', id)],
  [
    'GET',
    'promotion_codes',
    (core, params) => {
      const [code, active] = [params.text('code')?.toLowerCase(), params.boolean('active')];
      return list(core.store.promotionCodes, params, {
        url: '/v1/promotion_codes',
        filter: (one) => (!code || one.code.toLowerCase() === code) && (active === undefined || one.active === active),
      });
    },
  ],
];

const customers: Route[] = [
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
  [
    'POST',
    'test_helpers/test_clocks',
    (core, params) =>
      core.store.testClocks.put({
        id: core.id('clock'),
        object: 'test_helpers.test_clock',
        created: core.now(),
        deletes_after: core.now() + 30 * 86_400,
        frozen_time: params.integer('frozen_time') ?? core.now(),
        livemode: false,
        name: params.text('name') ?? null,
        status: 'ready',
        status_details: {},
      } as Stripe.TestHelpers.TestClock),
  ],
  ['GET', 'test_helpers/test_clocks/:id', (core, _, id) => find(core.store.testClocks.get(id), 'test clock', id)],
  [
    'POST',
    'test_helpers/test_clocks/:id/advance',
    (core, params, id) => {
      const clock = find(core.store.testClocks.get(id), 'test clock', id);
      const moment = params.integer('frozen_time');
      if (moment === undefined || moment <= clock.frozen_time)
        throw errors.invalid('frozen_time must be later than the current one', 'frozen_time');
      for (const customer of core.store.customers.by('clock', id)) advanceTo(core, customer.id, moment);
      return core.store.testClocks.patch(id, { frozen_time: moment });
    },
  ],
  [
    'DELETE',
    'test_helpers/test_clocks/:id',
    (core, _, id) => {
      core.store.testClocks.remove(find(core.store.testClocks.get(id), 'test clock', id).id);
      return { id, object: 'test_helpers.test_clock', deleted: true };
    },
  ],
];

const needSubscription = (core: Core, id: string) => find(core.store.subscriptions.get(id), 'subscription', id);
const subscriptions: Route[] = [
  [
    'POST',
    'subscriptions',
    (core, params) => {
      const customer = needCustomer(core, params.required('customer'), 'customer');
      const items = (params.children('items') ?? []).map((item) => priceFor(core, item));
      if (items.length === 0) throw errors.required('items');
      const days = params.integer('trial_period_days');
      const method = params.text('default_payment_method');
      return createSubscription(core, {
        customer: customer.id,
        items,
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
    'subscription_items',
    (core, params) =>
      listOf(needSubscription(core, params.required('subscription')).items.data, '/v1/subscription_items'),
  ],
];

function updateSubscription(core: Core, params: Params, subscription: Stripe.Subscription): Stripe.Subscription {
  if (hasEnded(subscription))
    throw errors.invalid(
      'A canceled subscription can only update its cancellation_details and metadata.',
      undefined,
      'invalid_canceled_subscription_fields',
    );
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
    changeItem(core, id, item.text('id') ?? subscription.items.data[0]!.id, priceFor(core, item), {
      behavior: behavior as ProrationBehavior,
      at: params.integer('proration_date'),
      paymentBehavior: params.text('payment_behavior'),
    });
  }
  return core.store.subscriptions.need(id);
}

const needInvoice = (core: Core, id: string) => find(core.store.invoices.get(id), 'invoice', id);
const money: Route[] = [
  [
    'POST',
    'invoices/create_preview',
    (core, params) => {
      const subscription = needSubscription(core, params.required('subscription'));
      const details = params.child('subscription_details');
      const [item] = details?.children('items') ?? [];
      if (!item) return preview(core, subscription, null);
      const held = subscription.items.data.find(({ id }) => id === (item.text('id') ?? subscription.items.data[0]!.id));
      if (!held) throw errors.missing('subscription item', item.text('id') ?? '', item.name('id'));
      const behavior =
        details!.choice('proration_behavior', ['always_invoice', 'create_prorations', 'none']) ?? 'create_prorations';
      return preview(core, subscription, {
        item: held,
        ...priceFor(core, item),
        behavior,
        at: details!.integer('proration_date'),
      });
    },
  ],
  ['GET', 'invoices/:id', (core, _, id) => needInvoice(core, id)],
  ['POST', 'invoices/:id/finalize', (core, _, id) => finalize(core, needInvoice(core, id).id!)],
  [
    'POST',
    'invoices/:id/pay',
    (core, params, id) => {
      needInvoice(core, id);
      const method = params.text('payment_method');
      const failure = collect(core, id, {
        onSession: true,
        ...(method ? { method: resolvePaymentMethod(core, method, 'payment_method') } : {}),
      });
      if (failure) throw failure;
      return core.store.invoices.need(id);
    },
  ],
  ['POST', 'invoices/:id/void', (core, _, id) => voidInvoice(core, needInvoice(core, id).id!)],
  ['POST', 'invoices/:id/mark_uncollectible', (core, _, id) => markUncollectible(core, needInvoice(core, id).id!)],
  [
    'GET',
    'invoices',
    (core, params) => {
      const status = params.text('status');
      return list(core.store.invoices as never, params, {
        url: '/v1/invoices',
        within: within(params, 'subscription', 'customer'),
        filter: (one: Stripe.Invoice) =>
          (!status || one.status === status) && (!params.has('customer') || one.customer === params.text('customer')),
      });
    },
  ],
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

const hosted: Route[] = [
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
  [
    'POST',
    'webhook_endpoints',
    (core, params) => {
      const secret = `whsec_${core.store.random.text(32)}`;
      const endpoint = core.store.webhookEndpoints.put({
        id: core.id('we'),
        object: 'webhook_endpoint',
        api_version: null,
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
        enabled_events: params.texts('enabled_events') ?? ['*'],
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
    () => ({
      id: 'acct_local',
      object: 'account',
      business_profile: { name: 'WhatAutosys' },
      country: 'FR',
      default_currency: 'eur',
    }),
  ],
];

export const routes: Route[] = [...catalogue, ...customers, ...subscriptions, ...money, ...hosted];
