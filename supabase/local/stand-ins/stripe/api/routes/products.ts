import type Stripe from 'stripe';
import { decimal } from '../../core.ts';
import { errors } from '../../errors.ts';
import type { Params } from '../../params.ts';
import { newPrice, newProduct } from '../../objects/catalogue.ts';
import { list } from '../lists.ts';
import { find, type Route } from './route.ts';

function tierFrom(params: Params): Stripe.Price.Tier {
  const [unit, flat] = [params.integer('unit_amount') ?? null, params.integer('flat_amount') ?? null];
  return {
    up_to: params.text('up_to') === 'inf' ? null : (params.integer('up_to') ?? null),
    unit_amount: unit,
    unit_amount_decimal: unit === null ? null : decimal(unit),
    flat_amount: flat,
    flat_amount_decimal: flat === null ? null : decimal(flat),
  };
}

export const products: Route[] = [
  [
    'POST',
    'tax_rates',
    (core, params) =>
      core.store.taxRates.put({
        id: core.id('txr'),
        object: 'tax_rate',
        active: true,
        country: params.text('country') ?? null,
        created: core.now(),
        description: null,
        display_name: params.required('display_name'),
        effective_percentage: null,
        flat_amount: null,
        inclusive: params.boolean('inclusive') ?? false,
        jurisdiction: null,
        jurisdiction_level: null,
        livemode: false,
        metadata: {},
        percentage: params.number('percentage') ?? 0,
        rate_type: 'percentage',
        state: null,
        tax_type: 'vat',
      }),
  ],
  ['GET', 'tax_rates/:id', (core, _, id) => find(core.store.taxRates.get(id), 'tax rate', id)],
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
      const tiers = params.children('tiers')?.map(tierFrom);
      const packages = params.child('transform_quantity');
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
            unit_amount: tiers ? null : (params.integer('unit_amount') ?? 0),
            billing_scheme: tiers ? 'tiered' : 'per_unit',
            tiers_mode: tiers ? (params.choice('tiers_mode', ['graduated', 'volume']) ?? 'graduated') : null,
            tax_behavior: params.choice('tax_behavior', ['inclusive', 'exclusive', 'unspecified']) ?? 'unspecified',
            transform_quantity: packages
              ? {
                  divide_by: packages.integer('divide_by') ?? 1,
                  round: packages.choice('round', ['up', 'down']) ?? 'up',
                }
              : null,
            lookup_key: key,
            metadata: params.metadata(),
            nickname: params.text('nickname') ?? null,
          },
          recurring
            ? {
                interval: recurring.choice('interval', ['day', 'week', 'month', 'year']) ?? 'month',
                interval_count: recurring.integer('interval_count') ?? 1,
                usage_type: recurring.choice('usage_type', ['licensed', 'metered']) ?? 'licensed',
              }
            : undefined,
        ),
      );
      if (tiers) core.store.priceTiers.put({ id: price.id, tiers });
      core.emit('price.created', price);
      return price;
    },
  ],
  [
    'POST',
    'prices/:id',
    (core, params, id) => {
      const price = find(core.store.prices.get(id), 'price', id);
      const behavior = params.choice('tax_behavior', ['inclusive', 'exclusive', 'unspecified']);
      if (behavior && behavior !== price.tax_behavior && price.tax_behavior !== 'unspecified')
        throw errors.invalid('You may only set `tax_behavior` once on a price.', 'tax_behavior');
      return core.update(
        core.store.prices,
        id,
        { ...(behavior ? { tax_behavior: behavior } : {}), metadata: params.metadata(price.metadata) },
        'price.updated',
      );
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
];
