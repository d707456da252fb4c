import type Stripe from 'stripe';
import { type Core, decimal, hour, idOf, listOf } from '../core.ts';
import { money } from '../money.ts';
import { productName } from '../objects/catalogue.ts';
import { amountOf } from './amounts.ts';
import { automaticTaxes } from './automatic-tax.ts';
import { activeDiscounts, shareDiscounts } from './discounts.ts';
import { ratesOf, shownTax, taxesOn, totalTaxes } from './taxes.ts';

export interface Line {
  amount: number;
  description: string;
  price: Stripe.Price;
  quantity: number;
  period: { start: number; end: number };
  proration: boolean;
  discountable: boolean;
  item: string;
}

export type BillingReason = 'subscription_create' | 'subscription_cycle' | 'subscription_update' | 'upcoming';

export function renewalLine(core: Core, item: Stripe.SubscriptionItem, period: Line['period'], isTrial = false): Line {
  const { price } = item;
  const quantity = item.quantity ?? (price.recurring?.usage_type === 'metered' ? 0 : 1);
  const each = `${money(price.unit_amount ?? 0, price.currency, 'en')} / ${price.recurring?.interval ?? 'month'}`;
  return {
    amount: isTrial ? 0 : amountOf(core, price, quantity),
    description: isTrial
      ? `Trial period for ${productName(core, price)}`
      : `${quantity} × ${productName(core, price)} (at ${each})`,
    price,
    quantity,
    period,
    proration: false,
    discountable: true,
    item: item.id,
  };
}

/** An invoice as it would be, stored nowhere. */
export function draft(
  core: Core,
  subscription: Stripe.Subscription,
  lines: Line[],
  billingReason: BillingReason,
): Stripe.Invoice {
  const customer = core.store.customers.need(idOf(subscription.customer));
  const now = core.nowOf(customer.id);
  const discounts = activeDiscounts(core, subscription, now);
  const shares = sharesOf(core, subscription, lines, discounts);
  const taxes = subscription.automatic_tax.enabled
    ? automaticTaxes(core, subscription, lines, shares).map((tax) => [tax])
    : lines.map((line, index) =>
        taxesOn(
          line.amount - (shares[index] ?? []).reduce((sum, { amount }) => sum + amount, 0),
          ratesOf(subscription, line.item),
        ),
      );
  const added = (behavior: string) =>
    taxes.flat().reduce((sum, tax) => sum + (tax.tax_behavior === behavior ? tax.amount : 0), 0);
  const subtotal = lines.reduce((sum, { amount }) => sum + amount, 0);
  const off = new Map<string, number>();
  for (const share of shares.flat()) off.set(share.discount, (off.get(share.discount) ?? 0) + share.amount);
  const total = subtotal - [...off.values()].reduce((sum, amount) => sum + amount, 0) + added('exclusive');
  // A credit lies on the balance as a negative number and lowers what is due; a negative total becomes one.
  const startingBalance = customer.balance;
  const amountDue = Math.max(0, total + Math.min(0, startingBalance) * (total > 0 ? 1 : 0));
  const id = billingReason === 'upcoming' ? `upcoming_in_${core.store.random.text(24)}` : core.id('in');
  return {
    id,
    object: 'invoice',
    account_country: 'FR',
    account_name: core.account.name,
    account_tax_ids: null,
    amount_due: amountDue,
    amount_overpaid: 0,
    amount_paid: 0,
    amount_remaining: amountDue,
    amount_shipping: 0,
    application: null,
    attempt_count: 0,
    attempted: false,
    auto_advance: true,
    automatic_tax: {
      disabled_reason: null,
      enabled: subscription.automatic_tax.enabled,
      liability: subscription.automatic_tax.liability,
      provider: subscription.automatic_tax.enabled ? 'stripe' : null,
      status: subscription.automatic_tax.enabled ? 'complete' : null,
    },
    automatically_finalizes_at: billingReason === 'subscription_cycle' ? now + hour : null,
    billing_reason: billingReason,
    collection_method: 'charge_automatically',
    created: now,
    currency: subscription.currency,
    custom_fields: null,
    customer: customer.id,
    customer_account: null,
    customer_address: customer.address ?? null,
    customer_email: customer.email,
    customer_name: customer.name ?? null,
    customer_phone: null,
    customer_shipping: null,
    customer_tax_exempt: 'none',
    customer_tax_ids: core.store.taxIds.get(customer.id)?.values ?? [],
    default_payment_method: null,
    default_source: null,
    default_tax_rates: [],
    description: null,
    discounts: discounts.map((discount) => discount.id),
    due_date: null,
    effective_at: null,
    ending_balance: null,
    footer: null,
    from_invoice: null,
    hosted_invoice_url: null,
    invoice_pdf: null,
    issuer: { type: 'self' },
    last_finalization_error: null,
    latest_revision: null,
    lines: listOf(
      lines.map((line, index) => invoiceLine(core, id, subscription.id, line, shares[index] ?? [], taxes[index] ?? [])),
      `/v1/invoices/${id}/lines`,
    ),
    livemode: false,
    metadata: {},
    next_payment_attempt: billingReason === 'subscription_cycle' ? now + hour : null,
    number: null,
    on_behalf_of: null,
    parent: {
      quote_details: null,
      subscription_details: { metadata: subscription.metadata, subscription: subscription.id },
      type: 'subscription_details',
    },
    payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
    period_end: now,
    period_start: now,
    post_payment_credit_notes_amount: 0,
    pre_payment_credit_notes_amount: 0,
    receipt_number: null,
    rendering: null,
    shipping_cost: null,
    shipping_details: null,
    starting_balance: startingBalance,
    statement_descriptor: null,
    status: 'draft',
    status_transitions: { finalized_at: null, marked_uncollectible_at: null, paid_at: null, voided_at: null },
    subtotal,
    subtotal_excluding_tax: subtotal,
    test_clock: customer.test_clock,
    total,
    total_discount_amounts: [...off].map(([discount, amount]) => ({ amount, discount })),
    total_excluding_tax: total - added('inclusive') - added('exclusive'),
    total_pretax_credit_amounts: [],
    total_taxes: totalTaxes(taxes).map(shownTax),
    webhooks_delivered_at: now,
  } as unknown as Stripe.Invoice;
}

/** Those of an item come first, on its own lines; then those of the whole, on what is left. */
function sharesOf(
  core: Core,
  subscription: Stripe.Subscription,
  lines: Line[],
  discounts: Stripe.Discount[],
): ReturnType<typeof shareDiscounts> {
  const own = lines.map((line) => {
    const item = subscription.items.data.find(({ id }) => id === line.item);
    const on = (item?.discounts ?? []).map((one) => core.store.discounts.need(idOf(one)));
    return shareDiscounts(core, [line], on)[0] ?? [];
  });
  const left = lines.map((line, index) => ({
    ...line,
    amount: line.amount - own[index]!.reduce((sum, { amount }) => sum + amount, 0),
  }));
  const whole = shareDiscounts(core, left, discounts);
  return lines.map((_, index) => [...own[index]!, ...(whole[index] ?? [])]);
}

function invoiceLine(
  core: Core,
  invoice: string,
  subscription: string,
  line: Line,
  shares: { amount: number; discount: string }[],
  taxes: ReturnType<typeof taxesOn>,
): Stripe.InvoiceLineItem {
  return {
    id: core.id('il'),
    object: 'line_item',
    amount: line.amount,
    currency: line.price.currency,
    description: line.description,
    discount_amounts: shares,
    discountable: line.discountable,
    discounts: shares.map(({ discount }) => discount),
    invoice,
    livemode: false,
    metadata: {},
    parent: {
      invoice_item_details: null,
      type: 'subscription_item_details',
      subscription_item_details: {
        invoice_item: line.proration ? core.id('ii') : null,
        proration: line.proration,
        proration_details: { credited_items: null },
        subscription,
        subscription_item: line.item,
      },
    },
    period: line.period,
    pretax_credit_amounts: [],
    pricing: {
      price_details: { price: line.price.id, product: line.price.product },
      type: 'price_details',
      unit_amount_decimal: String(line.price.unit_amount ?? 0),
    },
    quantity: line.quantity,
    quantity_decimal: decimal(line.quantity),
    subscription,
    subtotal: line.amount,
    taxes: taxes.map(shownTax),
  } as unknown as Stripe.InvoiceLineItem;
}
