import Stripe from 'stripe';
import { findPortal, portalMark } from '@whatautosys/edge-functions/_shared/stripe-portal';

const apiVersion = Stripe.API_VERSION as Stripe.WebhookEndpointCreateParams.ApiVersion;

export interface SoldPlan {
  code: string;
  name: string;
  monthly_price_cents: number;
  currency: string;
}

export interface CatalogueReport {
  created: string[];
  kept: string[];
}

const intervals = ['month', 'year'] as const;
/** Two months free for who pays a year ahead. */
const paidMonths = { month: 1, year: 10 };

/**
 * Products `wa_<plan>` and prices with the lookup keys `<plan>_month` and `<plan>_year`, which
 * the functions find them by. Run again it makes what is missing; a price whose amount, or place of its taxes, has
 * changed gets a successor that takes over the key, because Stripe's prices never change.
 */
export async function ensureCatalogue(
  stripe: Stripe,
  plans: SoldPlan[],
  taxBehavior?: 'inclusive' | 'exclusive',
): Promise<CatalogueReport> {
  const report: CatalogueReport = { created: [], kept: [] };
  for (const plan of plans) {
    const known = await stripe.prices.list({
      lookup_keys: intervals.map((interval) => `${plan.code}_${interval}`),
      active: true,
      limit: 10,
    });
    const product = await ensureProduct(stripe, plan, report);
    for (const interval of intervals) {
      const lookupKey = `${plan.code}_${interval}`;
      const amount = plan.monthly_price_cents * paidMonths[interval];
      const price = known.data.find(({ lookup_key }) => lookup_key === lookupKey);
      const isRight = price?.unit_amount === amount && price.currency === plan.currency.toLowerCase();
      if (isRight && taxBehavior && price.tax_behavior === 'unspecified') {
        // Stripe lets it be said once.
        await stripe.prices.update(price.id, { tax_behavior: taxBehavior });
        report.created.push(`${lookupKey} (${taxBehavior})`);
        continue;
      }
      if (isRight && (!taxBehavior || price.tax_behavior === taxBehavior)) {
        report.kept.push(lookupKey);
        continue;
      }
      await stripe.prices.create({
        product,
        unit_amount: amount,
        currency: plan.currency.toLowerCase(),
        recurring: { interval },
        ...(taxBehavior ? { tax_behavior: taxBehavior } : {}),
        lookup_key: lookupKey,
        transfer_lookup_key: true,
        metadata: { plan: plan.code },
      });
      report.created.push(lookupKey);
    }
  }
  return report;
}

async function ensureProduct(stripe: Stripe, plan: SoldPlan, report: CatalogueReport): Promise<string> {
  const id = `wa_${plan.code}`;
  try {
    await stripe.products.retrieve(id);
    report.kept.push(id);
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode !== 404) throw error;
    await stripe.products.create({ id, name: `WhatAutosys ${plan.name}`, metadata: { plan: plan.code } });
    report.created.push(id);
  }
  return id;
}

/**
 * The portal's settings: customers change their card, see invoices and cancel at the period's end; plans are changed
 * by staff. Found by its metadata; one that differs is brought back to this.
 */
export async function ensurePortal(stripe: Stripe, returnUrl: string): Promise<'created' | 'mended' | 'kept'> {
  const wanted: Stripe.BillingPortal.ConfigurationCreateParams = {
    default_return_url: returnUrl,
    features: {
      payment_method_update: { enabled: true },
      invoice_history: { enabled: true },
      customer_update: { enabled: true, allowed_updates: ['email', 'name', 'address', 'tax_id'] },
      subscription_cancel: { enabled: true, mode: 'at_period_end' },
      subscription_update: { enabled: false },
    },
  };
  const known = await findPortal(stripe);
  if (!known) {
    await stripe.billingPortal.configurations.create({ ...wanted, metadata: portalMark });
    return 'created';
  }
  if (holds(known, wanted)) return 'kept';
  await stripe.billingPortal.configurations.update(known.id, wanted as Stripe.BillingPortal.ConfigurationUpdateParams);
  return 'mended';
}

/** Whether all that is wanted is there; what Stripe adds of its own is not looked at, nor the order of a list. */
function holds(known: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted))
    return (
      Array.isArray(known) &&
      known.length === wanted.length &&
      wanted.every((one) => (known as unknown[]).includes(one))
    );
  if (typeof wanted !== 'object' || wanted === null) return known === wanted;
  return Object.entries(wanted).every(([key, value]) => holds((known as Record<string, unknown> | null)?.[key], value));
}

export interface EndpointReport {
  /** Told once, of one that was made now. */
  secret: string | null;
  /** What an endpoint that was there had otherwise, and was mended. */
  mended: Array<'types' | 'status'>;
  /** Version in which one that was there renders events, when it is not ours: Stripe lets nobody change it. */
  otherVersion: string | null;
}

/**
 * The webhook endpoint, pinned to the version of the SDK. One that is there gets the types it misses and is switched
 * on; `replace` puts a new one in the place of one of another version, whose events are read all the same, each at
 * the cost of a request.
 */
export async function ensureEndpoint(
  stripe: Stripe,
  url: string,
  types: readonly string[],
  replace = false,
): Promise<EndpointReport> {
  const enabled = [...types] as Stripe.WebhookEndpointCreateParams.EnabledEvent[];
  const { data } = await stripe.webhookEndpoints.list({ limit: 100 });
  const known = data.find((endpoint) => endpoint.url === url);
  const isOther = known !== undefined && known.api_version !== apiVersion;
  if (!known || (isOther && replace)) {
    const made = await stripe.webhookEndpoints.create({
      url,
      enabled_events: enabled,
      api_version: apiVersion,
      description: 'WhatAutosys Admin',
    });
    if (known) await stripe.webhookEndpoints.del(known.id);
    return { secret: made.secret ?? null, mended: [], otherVersion: null };
  }
  const mended: EndpointReport['mended'] = [
    ...(enabled.some((type) => !known.enabled_events.includes(type) && !known.enabled_events.includes('*'))
      ? (['types'] as const)
      : []),
    ...(known.status === 'enabled' ? [] : (['status'] as const)),
  ];
  if (mended.length > 0)
    await stripe.webhookEndpoints.update(known.id, {
      ...(mended.includes('types') ? { enabled_events: enabled } : {}),
      disabled: false,
    });
  return { secret: null, mended, otherVersion: isOther ? (known.api_version ?? 'the account’s default') : null };
}
