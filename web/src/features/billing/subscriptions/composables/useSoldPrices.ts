import { useQuery } from '@tanstack/vue-query';
import type { SoldPrice } from '@contracts/functions/stripe-action.ts';
import { listPrices } from '../../actions/actions.ts';
import { subscriptionKeys } from '../keys.ts';

/** What plans cost at Stripe, by how often they are paid. */
export function useSoldPrices() {
  const query = useQuery({
    queryKey: subscriptionKeys.prices(),
    queryFn: listPrices,
    staleTime: 60_000,
    retry: false,
  });
  return {
    query,
    /** None where Stripe has no such price, in that currency if one is named. */
    find: (plan: string, interval: string, currency?: string): SoldPrice | undefined =>
      query.data.value?.find(
        (each) =>
          each.plan === plan &&
          each.interval === interval &&
          each.interval_count === 1 &&
          (!currency || each.currency === currency),
      ),
  };
}
