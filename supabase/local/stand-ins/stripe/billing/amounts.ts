import type Stripe from 'stripe';
import type { Core } from '../core.ts';

/** What a quantity costs at a price, flat, in packages or by tiers; what is metered costs nothing yet. */
export function amountOf(core: Core, price: Stripe.Price, quantity: number): number {
  if (price.recurring?.usage_type === 'metered') return 0;
  const packages = price.transform_quantity;
  const units = packages ? Math[packages.round === 'up' ? 'ceil' : 'floor'](quantity / packages.divide_by) : quantity;
  if (price.billing_scheme !== 'tiered') return (price.unit_amount ?? 0) * units;
  const tiers = core.store.priceTiers.need(price.id).tiers;
  const cost = ({ unit_amount, flat_amount }: Stripe.Price.Tier, count: number) =>
    (unit_amount ?? 0) * count + (flat_amount ?? 0);
  if (price.tiers_mode === 'volume')
    return cost(tiers.find(({ up_to }) => up_to === null || units <= up_to) ?? tiers.at(-1)!, units);
  let below = 0;
  let total = 0;
  for (const tier of tiers) {
    if (units > below || below === 0) total += cost(tier, Math.min(units, tier.up_to ?? units) - below);
    below = tier.up_to ?? Number.POSITIVE_INFINITY;
  }
  return total;
}
