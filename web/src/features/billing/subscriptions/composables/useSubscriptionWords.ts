import { useI18n } from 'vue-i18n';
import { useFormat } from '@/base/format.ts';
import { usePlans } from '@/shared/plans.ts';
import type { Discount, SubscriptionRow } from '../types.ts';
import type { Coupon } from '@contracts/functions/stripe-action.ts';

type Priced = Pick<SubscriptionRow, 'amount_cents' | 'currency' | 'billing_interval' | 'interval_count'>;
type Worth = Pick<Discount, 'percent_off' | 'amount_off_cents' | 'duration'>;

/** Prices and discounts in words. */
export function useSubscriptionWords() {
  const { t } = useI18n();
  const format = useFormat();
  const plans = usePlans();
  const worth = ({ percent_off, amount_off_cents }: Worth, currency: string): string =>
    percent_off !== null
      ? t('subscriptions.discount.percent', { percent: format.value.number(percent_off) })
      : t('subscriptions.discount.amount', { amount: format.value.money(amount_off_cents ?? 0, currency) });
  return {
    /** “29 €/mois”, “290 € tous les 2 ans”. */
    price: ({ amount_cents, currency, billing_interval, interval_count }: Priced): string =>
      t(
        `subscriptions.per.${billing_interval}`,
        { price: format.value.money(amount_cents, currency), count: interval_count },
        interval_count,
      ),
    plan: (row: Pick<SubscriptionRow, 'plan'>): string =>
      row.plan ? plans.name(row.plan) : t('subscriptions.unknown_plan'),
    worth,
    /** “Bienvenue : −20 %, jusqu’au 15/02/2027”. */
    discount: (discount: Discount, currency: string): string => {
      const value = worth(discount, currency);
      const name = discount.promotion_code ?? discount.name ?? discount.coupon_id;
      const named = name ? t('subscriptions.discount.named', { name, value }) : value;
      if (discount.duration === 'forever') return t('subscriptions.discount.forever', { discount: named });
      return discount.ends_at
        ? t('subscriptions.discount.until', { discount: named, date: format.value.date(discount.ends_at) })
        : t('subscriptions.discount.once', { discount: named });
    },
    coupon: (coupon: Coupon): string => {
      const value = worth(coupon, coupon.currency ?? 'EUR');
      if (coupon.duration === 'repeating')
        return t(
          'subscriptions.coupon.months',
          { value, count: coupon.duration_in_months ?? 1 },
          coupon.duration_in_months ?? 1,
        );
      return t(`subscriptions.coupon.${coupon.duration}`, { value });
    },
  };
}
