import type Stripe from 'stripe';
import { type Core, idOf } from '../core.ts';
import type { LineTax } from './taxes.ts';

/** What a seller in France, registered there alone, collects. */
const vat = 20;
const union = 'AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK'.split(' ');

/** Stripe Tax, as far as a subscription business meets it: France at its rate, companies abroad by reverse charge. */
export function automaticTaxes(
  core: Core,
  subscription: Stripe.Subscription,
  lines: readonly { amount: number; price: Stripe.Price }[],
  discounts: readonly { amount: number }[][],
): LineTax[] {
  const customer = core.store.customers.need(idOf(subscription.customer));
  const country = customer.address?.country ?? 'FR';
  const isCompany = (core.store.taxIds.get(customer.id)?.values.length ?? 0) > 0;
  const reason = !union.includes(country)
    ? 'not_collecting'
    : country !== 'FR' && isCompany
      ? 'reverse_charge'
      : 'standard_rated';
  const rate = reason === 'standard_rated' ? vat / 100 : 0;
  return lines.map((line, index) => {
    const left = line.amount - (discounts[index] ?? []).reduce((sum, { amount }) => sum + amount, 0);
    // A price that does not say it is without its taxes.
    const isInside = line.price.tax_behavior === 'inclusive';
    const net = isInside ? Math.round(left / (1 + rate)) : left;
    return {
      amount: isInside ? left - net : Math.round(net * rate),
      tax_behavior: isInside ? 'inclusive' : 'exclusive',
      taxable_amount: net,
      taxability_reason: reason,
      rate: null,
    };
  });
}
