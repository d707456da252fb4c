import Stripe from 'stripe';
import { isUnavailable } from '../_shared/stripe.ts';
import { handledTypes } from '../_shared/stripe-events.ts';
import type { Account, Dependencies } from './types.ts';

/** What a restricted key may not ask stays unknown. */
async function ifAllowed<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (isUnavailable(error)) throw error;
    if (error instanceof Stripe.errors.StripeError) return null;
    throw error;
  }
}

/** The account of the key and the endpoint that brings its events, as they are now. */
export async function lookAtAccount({ stripe, livemode, webhookUrl }: Dependencies): Promise<Account> {
  const [account, endpoints] = await Promise.all([
    ifAllowed(stripe.accounts.retrieveCurrent()),
    ifAllowed(stripe.webhookEndpoints.list({ limit: 100 })),
  ]);
  // Behind a domain of one's own the address is another: then it is the only one that leads to such a function.
  const alike = endpoints?.data.filter(({ url }) => new URL(url).pathname === new URL(webhookUrl).pathname) ?? [];
  const endpoint = alike.find(({ url }) => url === webhookUrl) ?? (alike.length === 1 ? alike[0]! : null);
  const listens = endpoint?.enabled_events ?? [];
  return {
    account_id: account?.id ?? null,
    livemode,
    endpoint_version: endpoint?.api_version ?? null,
    endpoint_status: endpoint?.status ?? null,
    missing_types: endpoint && !listens.includes('*') ? handledTypes.filter((type) => !listens.includes(type)) : [],
  };
}
