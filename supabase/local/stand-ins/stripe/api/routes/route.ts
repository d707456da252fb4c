import type Stripe from 'stripe';
import { activeRedemption } from '../read.ts';
import { readDiscounts, type Redemption } from '../../billing/discounts.ts';
import { needRates } from '../../billing/taxes.ts';
import type { Core } from '../../core.ts';
import { errors } from '../../errors.ts';
import type { Params } from '../../params.ts';

type Handler = (core: Core, params: Params, id: string) => unknown;
export type Route = [method: 'GET' | 'POST' | 'DELETE', path: string, handler: Handler];

export const find = <T>(object: T | undefined, noun: string, id: string): T => {
  if (object === undefined) throw errors.missing(noun, id);
  return object;
};
export const within = (params: Params, ...keys: string[]): readonly [string, string] | undefined => {
  for (const key of keys) {
    const value = params.text(key);
    if (value) return [key, value];
  }
  return undefined;
};
export const priceFor = (core: Core, params: Params): { price: Stripe.Price; quantity: number } => {
  const id = params.required('price');
  const price = core.store.prices.get(id);
  if (!price) throw errors.missing('price', id, params.name('price'));
  return { price, quantity: params.integer('quantity') ?? 1 };
};
/** An item as it is given: what is metered has no quantity. */
export const itemFor = (core: Core, params: Params, customer: string) => {
  const { price, quantity } = priceFor(core, params);
  return {
    price,
    quantity: price.recurring?.usage_type === 'metered' ? undefined : quantity,
    discounts: redemptions(core, params, customer) ?? [],
    taxRates: needRates(core, params.texts('tax_rates') ?? []),
  };
};
export const redemptions = (core: Core, params: Params, customer: string): Redemption[] | undefined =>
  readDiscounts(core, params, customer)?.map(activeRedemption);

export const needSubscription = (core: Core, id: string) => find(core.store.subscriptions.get(id), 'subscription', id);
