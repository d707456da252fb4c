import type Stripe from 'stripe';

/**
 * Objects as accounts of older API versions have them in their events. Only what changed of what a subscription
 * business reads. https://docs.stripe.com/changelog
 */
export const eventVersions = [
  '2020-08-27',
  '2023-10-16',
  '2024-06-20',
  '2024-09-30.acacia',
  '2025-03-31.basil',
] as const;

type Json = Record<string, unknown>;
const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
const without = (object: Json, ...keys: string[]): Json =>
  Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));

/** Until basil a subscription had one period, an invoice named its subscription, a charge its invoice. */
function beforeBasil(object: Json): Json {
  switch (object['object']) {
    case 'subscription': {
      const items = object['items'] as { data: Json[] };
      const { current_period_start, current_period_end } = items.data[0]!;
      const data = items.data.map((item) => without(item, 'current_period_start', 'current_period_end'));
      return { ...object, current_period_start, current_period_end, items: { ...items, data } };
    }
    case 'invoice': {
      const parent = object['parent'] as { subscription_details?: { subscription?: string } } | null;
      const lines = object['lines'] as { data: Json[] };
      const data = lines.data.map((line) => ({
        ...without(line, 'parent', 'pricing'),
        type: 'subscription',
        subscription: parent?.subscription_details?.subscription ?? null,
      }));
      return {
        ...without(object, 'parent'),
        subscription: parent?.subscription_details?.subscription ?? null,
        paid: object['status'] === 'paid',
        lines: { ...lines, data },
      };
    }
    default:
      return object;
  }
}

/** Until clover a discount held its coupon itself. */
function beforeClover(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(beforeClover);
  if (!isJson(value)) return value;
  const source = value['object'] === 'discount' && isJson(value['source']) ? value['source'] : null;
  const plain = source ? { ...without(value, 'source'), coupon: source['coupon'] } : value;
  return Object.fromEntries(Object.entries(plain).map(([key, inner]) => [key, beforeClover(inner)]));
}

/** An object as events of that version hold it. */
export function rendered(object: object, version: string): object {
  const clover = version < '2025-09-30' ? (beforeClover(object) as Json) : (object as Json);
  return version < '2025-03-31' ? beforeBasil(clover) : clover;
}

/** What a destination for thin events gets: the identifiers alone. */
export function thinned(event: Stripe.Event): object {
  const { id, object } = event.data.object as unknown as { id?: string; object: string };
  return {
    id: event.id,
    object: 'v2.core.event',
    type: `v1.${event.type}`,
    created: new Date(event.created * 1000).toISOString(),
    livemode: event.livemode,
    reason: event.request?.id ? { type: 'request', request: event.request } : null,
    related_object: id ? { id, type: object, url: `/v1/${object}s/${id}` } : null,
  };
}
