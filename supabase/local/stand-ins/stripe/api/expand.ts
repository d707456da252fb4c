import type { Core } from '../core.ts';
import { errors } from '../errors.ts';
import { listOf } from '../core.ts';

type Json = Record<string, unknown>;

const byPrefix = (core: Core): Record<string, { get(id: string): unknown }> => ({
  cus: core.store.customers,
  sub: core.store.subscriptions,
  in: core.store.invoices,
  ch: core.store.charges,
  pi: core.store.paymentIntents,
  pm: core.store.paymentMethods,
  prod: core.store.products,
  price: core.store.prices,
  di: core.store.discounts,
  promo: core.store.promotionCodes,
  re: core.store.refunds,
  du: core.store.disputes,
  cs: core.store.checkoutSessions,
  cn: core.store.creditNotes,
});

function resolve(core: Core, key: string, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (key === 'coupon') return core.store.coupons.get(value) ?? value;
  return byPrefix(core)[value.split('_')[0] ?? '']?.get(value) ?? value;
}

/**
 * Replaces ids by the objects they name, along paths such as `data.discounts.source.coupon`; up to four levels, as
 * Stripe's.
 */
export function expand(core: Core, object: unknown, paths: readonly string[]): unknown {
  let result = object;
  for (const path of paths) {
    const keys = path.split('.');
    if (keys.length > 4)
      throw errors.invalid(`You cannot expand more than 4 levels of a property. Property: ${path}`, 'expand');
    result = along(core, result, keys, path);
  }
  return result;
}

/** What Stripe leaves out of an object unless it is asked for; undefined for all else. */
function leftOut(core: Core, key: string, object: Json): unknown {
  const id = String(object['id']);
  switch (`${String(object['object'])}.${key}`) {
    case 'invoice.payments':
      return listOf(core.store.invoicePayments.by('invoice', id), `/v1/invoices/${id}/payments`);
    case 'charge.refunds':
      return listOf(core.store.refunds.by('charge', id), `/v1/charges/${id}/refunds`);
    case 'price.tiers':
      return core.store.priceTiers.get(id)?.tiers ?? null;
    case 'coupon.applies_to':
      return core.store.couponProducts.get(id)?.applies_to ?? null;
    // One currency a price, one amount a coupon.
    case 'price.currency_options':
    case 'coupon.currency_options':
      return {};
    default:
      return undefined;
  }
}

function along(core: Core, value: unknown, [key, ...rest]: string[], path: string): unknown {
  if (key === undefined || value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((item) => along(core, item, [key, ...rest], path));
  const object = value as Json;
  if (object['deleted'] === true) return value;
  const known = leftOut(core, key, object);
  const held = known === undefined ? object[key] : known;
  if (held === undefined) throw errors.invalid(`This property cannot be expanded (${path}).`, 'expand');
  const resolved = Array.isArray(held) ? held.map((item) => resolve(core, key, item)) : resolve(core, key, held);
  return { ...object, [key]: along(core, resolved, rest, path) };
}
