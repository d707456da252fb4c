import type { Stripe } from './stripe.ts';

/** By this it is found again: an account may have other portals, and one of its own as default. */
export const portalMark = { app: 'whatautosys' };

/** The settings of our customers' portal that `stripe:setup` made; none on an account it never ran for. */
export async function findPortal(stripe: Stripe): Promise<Stripe.BillingPortal.Configuration | undefined> {
  const { data } = await stripe.billingPortal.configurations.list({ active: true, limit: 100 });
  return data.find(({ metadata }) => metadata?.['app'] === portalMark.app);
}
