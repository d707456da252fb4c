import Stripe from 'stripe';
import { patientClient } from './stripe-patience.ts';

export type { Stripe };

/**
 * The official client. `apiBase` is set only where Stripe is reached under another address;
 * two retries of its own are safe, as it sends an idempotency key with every write.
 */
export function createStripe(options: {
  apiKey: string;
  apiBase?: string | undefined;
  fetch?: typeof fetch;
  timeoutMs?: number;
  /** How long a request may wait while Stripe has too many. */
  patienceMs?: number;
  sleep?: (milliseconds: number) => Promise<unknown>;
}): Stripe {
  const base = options.apiBase ? new URL(options.apiBase) : null;
  return new Stripe(options.apiKey, {
    httpClient: patientClient(Stripe.createFetchHttpClient(options.fetch), {
      totalMs: options.patienceMs ?? 20_000,
      sleep: options.sleep ?? ((milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))),
      now: () => Date.now(),
    }),
    maxNetworkRetries: 2,
    timeout: options.timeoutMs ?? 20_000,
    telemetry: false,
    ...(base
      ? {
          host: base.hostname,
          port: base.port || (base.protocol === 'https:' ? '443' : '80'),
          protocol: base.protocol === 'https:' ? 'https' : 'http',
        }
      : {}),
  });
}

/** Whether a key is of live mode: `sk_live_…`, `rk_live_…`. */
export const isLiveKey = (apiKey: string) => /^[a-z]+_live_/.test(apiKey);

/** Whatever the key, nothing of the other mode gets into the mirror. */
export function requireMode(objects: readonly object[], livemode: boolean): void {
  const foreign = objects.find((object) => 'livemode' in object && object.livemode === !livemode);
  if (foreign) throw new Error(`"${(foreign as { id?: string }).id}" is of the ${livemode ? 'test' : 'live'} mode`);
}

/** What the database asks for: an object by its id, or all of one customer or payment intent. */
export interface Wanted {
  kind:
    | 'customer'
    | 'customer_history'
    | 'subscription'
    | 'invoice'
    | 'invoice_payments'
    | 'charge'
    | 'dispute'
    | 'early_fraud_warning'
    | 'credit_note'
    | 'price'
    | 'item_coupons'
    | 'subscription_coupons'
    | 'latest_invoice'
    | 'checkout_session'
    | 'coupon'
    | 'refund'
    | 'payment_method'
    | 'invoice_payment';
  id: string;
  /** What the mirror held when it asked; a change meanwhile makes it ask again. */
  version: number;
}

export interface Fetched {
  object: object;
  as_of: number;
  version?: number;
}

/** Stripe expands four levels at most: of an item's discount only the name of its coupon. */
export const subscriptionExpansion = ['discounts.source.coupon', 'default_payment_method', 'items.data.discounts'];

/** What Stripe says of a coupon only when asked. */
const couponExpansion = ['coupon.currency_options', 'coupon.applies_to'];

/** The coupons of discounts that were expanded. */
const couponsOf = (discounts: Array<string | Stripe.Discount>): Stripe.Coupon[] =>
  discounts.flatMap((discount) =>
    typeof discount === 'object' && typeof discount.source.coupon === 'object' && discount.source.coupon
      ? [discount.source.coupon]
      : [],
  );

/** Stripe knows no such object. */
export class GoneError extends Error {
  readonly wanted: Wanted;

  constructor(wanted: Wanted, cause: Error) {
    super(cause.message, { cause });
    this.wanted = wanted;
  }
}

export const isMissing = (error: unknown) =>
  error instanceof GoneError || (error instanceof Stripe.errors.StripeInvalidRequestError && error.statusCode === 404);

/** A restricted key lacks the permission. */
export const isForbidden = (error: unknown) => error instanceof Stripe.errors.StripePermissionError;

/** More of one customer than anybody has; what lies beyond comes with the next full comparison. */
const historyLimit = 1_000;

/**
 * Fetches one thing wanted, as Stripe has it now; `GoneError` when there is no such thing. An invoice deleted as a
 * draft comes as `{id, object, deleted: true}`.
 */
export async function fetchWanted(stripe: Stripe, wanted: Wanted, asOf: number): Promise<Fetched[]> {
  try {
    return await fetchKind(stripe, wanted, asOf);
  } catch (error) {
    throw isMissing(error) ? new GoneError(wanted, error as Error) : error;
  }
}

async function fetchKind(stripe: Stripe, wanted: Wanted, asOf: number): Promise<Fetched[]> {
  const { kind, id, version } = wanted;
  const one = (object: object): Fetched[] => [{ object, as_of: asOf, version }];
  switch (kind) {
    case 'customer': {
      const customer = await stripe.customers.retrieve(id, {
        expand: couponExpansion.map((path) => `discount.source.${path}`),
      });
      return [
        ...couponsOf('discount' in customer && customer.discount ? [customer.discount] : []).map((object) => ({
          object,
          as_of: asOf,
        })),
        ...one({ ...customer, object: 'customer' }),
      ];
    }
    case 'customer_history': {
      const [subscriptions, invoices] = await Promise.all([
        stripe.subscriptions
          .list({
            customer: id,
            status: 'all',
            limit: 100,
            expand: subscriptionExpansion.map((path) => `data.${path}`),
          })
          .autoPagingToArray({ limit: historyLimit }),
        stripe.invoices
          .list({ customer: id, limit: 100, expand: ['data.payments'] })
          .autoPagingToArray({ limit: historyLimit }),
      ]);
      return [...invoices, ...subscriptions].map((object) => ({ object, as_of: asOf }));
    }
    case 'subscription':
      return one(await stripe.subscriptions.retrieve(id, { expand: subscriptionExpansion }));
    case 'latest_invoice':
    case 'invoice':
      try {
        return one(await stripe.invoices.retrieve(id, { expand: ['payments.data.payment.payment_intent'] }));
      } catch (error) {
        if (isMissing(error)) return one({ id, object: 'invoice', deleted: true });
        throw error;
      }
    case 'invoice_payments': {
      const links = await stripe.invoicePayments.list({
        payment: { type: 'payment_intent', payment_intent: id },
        limit: 10,
      });
      return links.data.map((object) => ({ object, as_of: asOf }));
    }
    case 'charge':
      return one(await stripe.charges.retrieve(id));
    case 'dispute':
      return one(await stripe.disputes.retrieve(id));
    case 'early_fraud_warning':
      return one(await stripe.radar.earlyFraudWarnings.retrieve(id));
    case 'credit_note':
      return one(await stripe.creditNotes.retrieve(id));
    case 'price':
      return one(await priceWithTiers(stripe, id));
    case 'item_coupons': {
      const item = await stripe.subscriptionItems.retrieve(id, {
        expand: couponExpansion.map((path) => `discounts.source.${path}`),
      });
      return couponsOf(item.discounts).map((object) => ({ object, as_of: asOf }));
    }
    case 'subscription_coupons': {
      const subscription = await stripe.subscriptions.retrieve(id, {
        expand: couponExpansion.map((path) => `discounts.source.${path}`),
      });
      return couponsOf(subscription.discounts).map((object) => ({ object, as_of: asOf }));
    }
    case 'checkout_session':
      return one(await stripe.checkout.sessions.retrieve(id));
    case 'coupon':
      return one(await stripe.coupons.retrieve(id, { expand: ['currency_options', 'applies_to'] }));
    case 'refund':
      return one(await stripe.refunds.retrieve(id));
    case 'payment_method':
      return one(await stripe.paymentMethods.retrieve(id));
    case 'invoice_payment':
      return one(await stripe.invoicePayments.retrieve(id));
  }
}

/** A price with its tiers and its amounts in other currencies, which Stripe leaves out unless asked one by one. */
async function priceWithTiers(stripe: Stripe, id: string): Promise<Stripe.Price> {
  const price = await stripe.prices.retrieve(id, { expand: ['tiers', 'currency_options'] });
  const others = Object.keys(price.currency_options ?? {}).filter((currency) => currency !== price.currency);
  if (price.billing_scheme !== 'tiered' || others.length === 0) return price;
  return stripe.prices.retrieve(id, {
    expand: ['tiers', ...others.map((currency) => `currency_options.${currency}.tiers`)],
  });
}

/** Stripe cannot be asked at the moment: nothing is wrong with the request itself. */
export function isUnavailable(error: unknown): boolean {
  return (
    error instanceof Stripe.errors.StripeConnectionError ||
    error instanceof Stripe.errors.StripeRateLimitError ||
    error instanceof Stripe.errors.StripeAPIError
  );
}
