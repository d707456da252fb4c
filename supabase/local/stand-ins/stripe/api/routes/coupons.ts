import type Stripe from 'stripe';
import { isValid } from '../../billing/discounts.ts';
import { errors } from '../../errors.ts';
import { list } from '../lists.ts';
import { find, type Route } from './route.ts';

export const coupons: Route[] = [
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
      const products = params.child('applies_to')?.texts('products');
      if (products) {
        for (const product of products) find(core.store.products.get(product), 'product', product);
        core.store.couponProducts.put({ id, applies_to: { products } });
      }
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
        customer_account: null,
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
