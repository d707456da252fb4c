import type Stripe from 'stripe';
import type { Core } from '../core.ts';
import { idOf } from '../core.ts';

/** Of a line of an invoice: on top of its price, or inside it; without a rate it is what Stripe Tax found. */
export interface LineTax {
  amount: number;
  tax_behavior: 'exclusive' | 'inclusive';
  taxable_amount: number;
  taxability_reason: 'standard_rated' | 'reverse_charge' | 'not_collecting';
  rate: string | null;
}

/** The rates of a line: those of its item, else of the subscription. */
export function ratesOf(subscription: Stripe.Subscription, item: string): Stripe.TaxRate[] {
  const own = subscription.items.data.find(({ id }) => id === item)?.tax_rates ?? [];
  return own.length > 0 ? own : (subscription.default_tax_rates ?? []);
}

/** Taxes on what is left of a line after its discounts: inside its price, or on top of it. */
export function taxesOn(amount: number, rates: readonly Stripe.TaxRate[]): LineTax[] {
  const inside = rates.filter(({ inclusive }) => inclusive).reduce((sum, { percentage }) => sum + percentage, 0);
  const net = Math.round(amount / (1 + inside / 100));
  return rates.map(({ id, inclusive, percentage }) => ({
    amount: inclusive ? Math.round(((amount - net) * percentage) / inside) : Math.round((net * percentage) / 100),
    tax_behavior: inclusive ? 'inclusive' : 'exclusive',
    taxable_amount: net,
    taxability_reason: 'standard_rated',
    rate: id,
  }));
}

export const shownTax = ({ rate, ...tax }: LineTax) => ({
  ...tax,
  tax_rate_details: rate === null ? null : { tax_rate: rate },
  type: 'tax_rate_details',
});

/** One sum for each rate and behaviour, as invoices show them. */
export function totalTaxes(lines: readonly LineTax[][]): LineTax[] {
  const totals = new Map<string, LineTax>();
  for (const tax of lines.flat()) {
    const key = `${tax.rate} ${tax.tax_behavior}`;
    const held = totals.get(key);
    totals.set(key, {
      ...tax,
      amount: tax.amount + (held?.amount ?? 0),
      taxable_amount: tax.taxable_amount + (held?.taxable_amount ?? 0),
    });
  }
  return [...totals.values()];
}

export const needRates = (core: Core, ids: readonly (string | Stripe.TaxRate)[]): Stripe.TaxRate[] =>
  ids.map((id) => core.store.taxRates.need(idOf(id)));
