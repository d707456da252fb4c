import type Stripe from 'stripe';
import { type Core, decimal } from '../core.ts';

export type Interval = Stripe.Price.Recurring['interval'];

export function newProduct(core: Core, fields: Partial<Stripe.Product> & { name: string }): Stripe.Product {
  const now = core.now();
  return {
    id: core.id('prod', 14),
    object: 'product',
    active: true,
    created: now,
    default_price: null,
    description: null,
    images: [],
    livemode: false,
    marketing_features: [],
    metadata: {},
    package_dimensions: null,
    shippable: null,
    statement_descriptor: null,
    tax_code: null,
    tax_details: null,
    type: 'service',
    unit_label: null,
    updated: now,
    url: null,
    ...fields,
  };
}

export function newPrice(
  core: Core,
  fields: Partial<Stripe.Price> & { product: string; currency: string; unit_amount: number | null },
  recurring?: { interval: Interval; interval_count: number; usage_type?: 'licensed' | 'metered' },
): Stripe.Price {
  return {
    id: core.id('price'),
    object: 'price',
    active: true,
    billing_scheme: 'per_unit',
    created: core.now(),
    custom_unit_amount: null,
    livemode: false,
    lookup_key: null,
    metadata: {},
    nickname: null,
    recurring: recurring ? { usage_type: 'licensed', ...recurring, meter: null, trial_period_days: null } : null,
    tax_behavior: 'unspecified',
    tiers_mode: null,
    transform_quantity: null,
    type: recurring ? 'recurring' : 'one_time',
    unit_amount_decimal: fields.unit_amount === null ? null : decimal(fields.unit_amount),
    ...fields,
  };
}

/** The older shape of a recurring price, still shown on subscription items. */
export function planOf(price: Stripe.Price): Stripe.Plan {
  return {
    id: price.id,
    object: 'plan',
    active: price.active,
    amount: price.unit_amount,
    amount_decimal: decimal(price.unit_amount ?? 0),
    billing_scheme: 'per_unit',
    created: price.created,
    currency: price.currency,
    interval: price.recurring?.interval ?? 'month',
    interval_count: price.recurring?.interval_count ?? 1,
    livemode: false,
    metadata: price.metadata,
    meter: null,
    nickname: price.nickname,
    product: price.product as string,
    tiers_mode: null,
    transform_usage: null,
    trial_period_days: null,
    usage_type: 'licensed',
  };
}

export function productName(core: Core, price: Stripe.Price): string {
  return core.store.products.get(price.product as string)?.name ?? price.nickname ?? price.id;
}
