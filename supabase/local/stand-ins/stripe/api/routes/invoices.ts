import type Stripe from 'stripe';
import { collect, markUncollectible, voidInvoice } from '../../billing/settlement.ts';
import { finalize } from '../../billing/invoices.ts';
import { preview } from '../../billing/plan-changes.ts';
import type { Core } from '../../core.ts';
import { errors } from '../../errors.ts';
import { resolvePaymentMethod } from '../../objects/cards.ts';
import { list } from '../lists.ts';
import { find, needSubscription, priceFor, type Route, within } from './route.ts';

const needInvoice = (core: Core, id: string) => find(core.store.invoices.get(id), 'invoice', id);

export const invoices: Route[] = [
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
      // Whoever calls is not the customer: what his bank asks of him is left to him.
      const failure = collect(core, id, method ? { method: resolvePaymentMethod(core, method, 'payment_method') } : {});
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
];
