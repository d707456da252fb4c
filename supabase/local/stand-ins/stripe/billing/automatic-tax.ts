import type Stripe from 'stripe';
import { type Core, idOf } from '../core.ts';

/** Of each line of an invoice: on top of its price, or inside it. */
export interface LineTax {
  amount: number;
  tax_behavior: 'exclusive' | 'inclusive';
  taxable_amount: number;
  taxability_reason: 'standard_rated' | 'reverse_charge' | 'not_collecting';
}

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
  if (!subscription.automatic_tax.enabled) return [];
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
    };
  });
}

export const taxSum = (taxes: readonly LineTax[], behavior?: LineTax['tax_behavior']): number =>
  taxes.reduce((sum, tax) => sum + (!behavior || tax.tax_behavior === behavior ? tax.amount : 0), 0);

/** One sum for each behaviour, as invoices show them. */
export const totalTaxes = (taxes: readonly LineTax[]): object[] =>
  (['inclusive', 'exclusive'] as const).flatMap((behavior) => {
    const of = taxes.filter((tax) => tax.tax_behavior === behavior);
    return of.length === 0
      ? []
      : [
          {
            amount: taxSum(of),
            tax_behavior: behavior,
            taxability_reason: of[0]!.taxability_reason,
            taxable_amount: of.reduce((sum, tax) => sum + tax.taxable_amount, 0),
            tax_rate_details: null,
            type: 'tax_rate_details',
          },
        ];
  });
