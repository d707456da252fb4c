import type Stripe from 'stripe';
import { beforeEach, describe, expect, it } from 'vitest';
import { createStripeStandIn } from '@whatautosys/local/stand-ins/stripe';
import { createStripe } from '@whatautosys/edge-functions/_shared/stripe';
import { findPortal } from '@whatautosys/edge-functions/_shared/stripe-portal';
import { ensureCatalogue, ensurePortal } from './stripe-catalogue.ts';

let stripe: Stripe;
beforeEach(() => {
  const standIn = createStripeStandIn({ apiKey: 'sk_test_setup', seed: 1 });
  stripe = createStripe({
    apiKey: 'sk_test_setup',
    apiBase: 'http://stripe.test',
    fetch: ((input: RequestInfo | URL, init?: RequestInit) => standIn.fetch(new Request(input, init))) as typeof fetch,
  });
});
const all = async () => (await stripe.billingPortal.configurations.list({ limit: 100 })).data;

describe('the customer portal', () => {
  it('is made beside what the account has, once, and found by its metadata', async () => {
    await stripe.billingPortal.configurations.create({ features: { invoice_history: { enabled: true } } });
    expect(await ensurePortal(stripe, 'https://a.example')).toBe('created');
    expect(await ensurePortal(stripe, 'https://a.example')).toBe('kept');
    expect(await all()).toHaveLength(2);
    expect(await findPortal(stripe)).toMatchObject({ is_default: false, default_return_url: 'https://a.example' });
  });

  it('that was changed by hand is brought back', async () => {
    await ensurePortal(stripe, 'https://a.example');
    const { id } = (await findPortal(stripe))!;
    await stripe.billingPortal.configurations.update(id, {
      features: { subscription_cancel: { enabled: true, mode: 'immediately' } },
    });
    expect(await ensurePortal(stripe, 'https://a.example')).toBe('mended');
    expect(await findPortal(stripe)).toMatchObject({
      id,
      features: { subscription_cancel: { mode: 'at_period_end' } },
    });
    expect(await ensurePortal(stripe, 'https://b.example')).toBe('mended');
    expect(await findPortal(stripe)).toMatchObject({ id, default_return_url: 'https://b.example' });
    expect(await all()).toHaveLength(1);
  });
});

describe('prices', () => {
  const plans = [{ code: 'starter', name: 'Starter', monthly_price_cents: 1900, currency: 'EUR' }];
  const active = async () => (await stripe.prices.list({ active: true, lookup_keys: ['starter_month'] })).data;
  it('say where their taxes are when asked, and make room for others when that changes', async () => {
    await ensureCatalogue(stripe, plans);
    const [first] = await active();
    expect(first).toMatchObject({ tax_behavior: 'unspecified' });
    await ensureCatalogue(stripe, plans, 'inclusive');
    expect(await active()).toMatchObject([{ id: first!.id, tax_behavior: 'inclusive' }]);
    await ensureCatalogue(stripe, plans, 'exclusive');
    const [second] = await active();
    expect(second).toMatchObject({ tax_behavior: 'exclusive', unit_amount: 1900 });
    expect(second!.id).not.toBe(first!.id);
    expect((await ensureCatalogue(stripe, plans, 'exclusive')).created).toEqual([]);
  });
});
