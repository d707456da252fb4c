import type Stripe from 'stripe';
import { type Core, idOf } from '../core.ts';
import { errors } from '../errors.ts';
import type { Params } from '../params.ts';
import { addMonths } from './periods.ts';

export interface Redemption {
  coupon: string;
  promotionCode: string | null;
}

export const couponOf = (core: Core, discount: Stripe.Discount): Stripe.Coupon => {
  const { coupon } = discount.source;
  return typeof coupon === 'string' ? core.store.coupons.need(coupon) : (coupon as Stripe.Coupon);
};

/** Refuses what Stripe refuses: unknown, spent, expired, for somebody else. */
export function redemption(
  core: Core,
  {
    coupon,
    promotionCode,
    customer,
    param,
  }: { coupon?: string | undefined; promotionCode?: string | undefined; customer?: string | undefined; param: string },
): Redemption {
  if (promotionCode !== undefined) {
    const code = core.store.promotionCodes.get(promotionCode);
    if (!code) throw errors.missing('promotion code', promotionCode, param);
    const isSpent = code.max_redemptions !== null && code.times_redeemed >= code.max_redemptions;
    const isLate = code.expires_at !== null && code.expires_at <= core.nowOf(customer);
    if (!code.active || isSpent || isLate)
      throw errors.invalid('This promotion code is not active or has expired.', param, 'promotion_code_inactive');
    if (code.customer && customer && code.customer !== customer)
      throw errors.invalid(
        'This promotion code cannot be redeemed by this customer.',
        param,
        'promotion_code_customer_mismatch',
      );
    return { coupon: usableCoupon(core, code.promotion.coupon as string, param).id, promotionCode };
  }
  return { coupon: usableCoupon(core, coupon as string, param).id, promotionCode: null };
}

function usableCoupon(core: Core, id: string, param: string): Stripe.Coupon {
  const coupon = core.store.coupons.get(id);
  if (!coupon) throw errors.missing('coupon', id, param);
  if (!isValid(core, coupon)) throw errors.invalid(`Coupon expired: ${id}`, param, 'coupon_expired');
  return coupon;
}

export const isValid = (core: Core, { redeem_by, max_redemptions, times_redeemed }: Stripe.Coupon): boolean =>
  (redeem_by === null || redeem_by > core.now()) && (max_redemptions === null || times_redeemed < max_redemptions);

export function redeem(
  core: Core,
  { coupon: id, promotionCode }: Redemption,
  target: { customer: string; subscription?: string; item?: string; checkoutSession?: string; start?: number },
): Stripe.Discount {
  const coupon = core.store.coupons.need(id);
  const start = target.start ?? core.nowOf(target.customer);
  const discount = core.store.discounts.put({
    id: core.id('di'),
    object: 'discount',
    checkout_session: target.checkoutSession ?? null,
    customer: target.customer,
    customer_account: null,
    end: coupon.duration === 'repeating' ? addMonths(start, coupon.duration_in_months ?? 1) : null,
    invoice: null,
    invoice_item: null,
    promotion_code: promotionCode,
    source: { coupon: id, type: 'coupon' },
    start,
    subscription: target.subscription ?? null,
    subscription_item: target.item ?? null,
  });
  const redeemed = { ...coupon, times_redeemed: coupon.times_redeemed + 1 };
  core.store.coupons.put({ ...redeemed, valid: isValid(core, redeemed) });
  if (promotionCode)
    core.store.promotionCodes.patch(promotionCode, {
      times_redeemed: core.store.promotionCodes.need(promotionCode).times_redeemed + 1,
    });
  core.emit('customer.discount.created', shown(core, discount));
  return discount;
}

/** An event carries the coupon whole. */
const shown = (core: Core, discount: Stripe.Discount): Stripe.Discount => ({
  ...discount,
  source: { type: 'coupon', coupon: couponOf(core, discount) },
});
export const tellRemoved = (core: Core, discount: Stripe.Discount): void =>
  core.emit('customer.discount.deleted', shown(core, discount));

/** A subscription's own discounts, else the customer's; those over at `at` left out. */
export function activeDiscounts(
  core: Core,
  subscription: Pick<Stripe.Subscription, 'discounts' | 'customer'>,
  at: number,
): Stripe.Discount[] {
  const own = subscription.discounts.map((discount) => core.store.discounts.need(idOf(discount)));
  const customers = core.store.customers.get(idOf(subscription.customer))?.discount;
  const all = own.length > 0 ? own : customers ? [core.store.discounts.get(customers.id) ?? customers] : [];
  return all.filter(({ end }) => end === null || end > at);
}

/** `discounts[0][coupon|promotion_code|discount]`. Undefined: not given. */
export function readDiscounts(
  core: Core,
  params: Params,
  customer: string,
): (Redemption | { discount: string })[] | undefined {
  return params.children('discounts')?.map((item) => {
    item.refuseUnknown(['coupon', 'promotion_code', 'discount']);
    const existing = item.text('discount');
    if (existing !== undefined) {
      if (!core.store.discounts.get(existing)) throw errors.missing('discount', existing, item.name('discount'));
      return { discount: existing };
    }
    const promotionCode = item.text('promotion_code');
    const coupon = item.text('coupon');
    if (coupon === undefined && promotionCode === undefined) throw errors.required(item.name('coupon'));
    return redemption(core, {
      coupon,
      promotionCode,
      customer,
      param: item.name(promotionCode ? 'promotion_code' : 'coupon'),
    });
  });
}

interface Discountable {
  amount: number;
  discountable: boolean;
  price: Stripe.Price;
}

/**
 * Cents off each line, discount by discount on what is left: percent rounded per line, an amount shared in
 * proportion.
 */
export function shareDiscounts(
  core: Core,
  lines: readonly Discountable[],
  discounts: readonly Stripe.Discount[],
): { amount: number; discount: string }[][] {
  const left = lines.map(({ amount, discountable }) => (discountable && amount > 0 ? amount : 0));
  const shares: { amount: number; discount: string }[][] = lines.map(() => []);
  for (const discount of discounts) {
    const coupon = couponOf(core, discount);
    const only = core.store.couponProducts.get(coupon.id)?.applies_to.products;
    const isFor = (index: number) => !only || only.includes(idOf(lines[index]!.price.product as string));
    const total = left.reduce((sum, amount, index) => sum + (isFor(index) ? amount : 0), 0);
    let toShare = Math.min(coupon.amount_off ?? 0, total);
    let base = total;
    for (const [index, amount] of left.entries()) {
      if (amount === 0 || !isFor(index)) continue;
      const off =
        coupon.percent_off !== null
          ? Math.round((amount * coupon.percent_off) / 100)
          : Math.round((toShare * amount) / base);
      if (coupon.percent_off === null) {
        toShare -= off;
        base -= amount;
      }
      left[index] = amount - off;
      shares[index]?.push({ amount: off, discount: discount.id });
    }
  }
  return shares;
}
export function setDiscounts(core: Core, subscriptionId: string, wanted: (Redemption | { discount: string })[]): void {
  const subscription = core.store.subscriptions.need(subscriptionId);
  const kept = wanted.map((one) =>
    'discount' in one
      ? one.discount
      : redeem(core, one, { customer: idOf(subscription.customer), subscription: subscriptionId }).id,
  );
  const gone = subscription.discounts.map(idOf).filter((id) => !kept.includes(id));
  core.update(core.store.subscriptions, subscriptionId, { discounts: kept }, 'customer.subscription.updated');
  for (const id of gone) tellRemoved(core, core.store.discounts.need(id));
}

export function setItemDiscounts(
  core: Core,
  subscriptionId: string,
  itemId: string,
  wanted: (Redemption | { discount: string })[],
): void {
  const { items, customer } = core.store.subscriptions.need(subscriptionId);
  const held = items.data.find(({ id }) => id === itemId);
  if (!held) throw errors.missing('subscription item', itemId, 'items[0][id]', 400);
  const kept = wanted.map((one) =>
    'discount' in one
      ? one.discount
      : redeem(core, one, { customer: idOf(customer), subscription: subscriptionId, item: itemId }).id,
  );
  const data = items.data.map((item) => (item.id === itemId ? { ...item, discounts: kept } : item));
  core.update(core.store.subscriptions, subscriptionId, { items: { ...items, data } }, 'customer.subscription.updated');
}
