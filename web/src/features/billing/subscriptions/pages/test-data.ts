import { flushPromises } from '@vue/test-utils';
import { expect } from 'vitest';
import { type ApiCall, mockApi } from '@/test/api.ts';
import { mountApp, until } from '@/test/mount.ts';
import type { InvoiceLine } from '@contracts/functions/stripe-action.ts';
import { details, failing, subscription, summary } from '../test-data.ts';
import type { SubscriptionRow } from '../types.ts';
import SubscriptionListPage from './SubscriptionListPage.vue';

export const SEARCH = 'POST /rest/v1/rpc/search_subscriptions';
export const STRIPE = 'POST /functions/v1/stripe-action';
export const REMIND = 'POST /rest/v1/rpc/send_subscription_reminders';
export const line = (given: Partial<InvoiceLine>): InvoiceLine => ({
  kind: 'period',
  plan: 'premium',
  name: 'WhatAutosys Premium',
  quantity: 1,
  period_start: '2026-11-15T09:00:00Z',
  period_end: '2026-12-15T09:00:00Z',
  description: 'Words of Stripe',
  amount_cents: 2900,
  ...given,
});
export const preview = {
  amount_due_cents: 3512,
  currency: 'EUR',
  proration_date: 1_795_000_000,
  lines: [line({ kind: 'remaining', plan: 'enterprise', amount_cents: 4955 })],
  discount_cents: 0,
  tax_cents: 0,
  balance_cents: 0,
  next_amount_cents: 9900,
  next_payment_at: '2026-12-15T09:00:00Z',
};
export const sold = (plan: string, interval: 'month' | 'year', amount_cents: number) => ({
  plan,
  interval,
  interval_count: 1,
  amount_cents,
  currency: 'EUR',
});
export const prices = [
  sold('starter', 'month', 1900),
  sold('starter', 'year', 19_000),
  sold('premium', 'month', 2900),
  sold('premium', 'year', 29_000),
  sold('enterprise', 'month', 9900),
];
export const page = (...rows: SubscriptionRow[]) => ({ total: rows.length, rows });
export const api = (
  stripe: (body: Record<string, unknown>) => unknown = () => ({ subscription: subscription() }),
  answers: Record<string, (body: unknown) => unknown> = {},
) =>
  mockApi({
    [SEARCH]: () => page(subscription(), failing()),
    'POST /rest/v1/rpc/subscriptions_summary': () => summary(),
    'POST /rest/v1/rpc/get_subscription': () => details(),
    [STRIPE]: (body) =>
      (body as { action: string }).action === 'list_prices' ? { prices } : stripe(body as Record<string, unknown>),
    'GET /rest/v1/settings': () => [],
    'GET /rest/v1/saved_views': () => [],
    ...answers,
  });
export const named = (selector: string, name: string | RegExp) =>
  [...document.querySelectorAll<HTMLElement>(selector)].find((each) =>
    [each.textContent?.trim() ?? '', each.getAttribute('aria-label') ?? ''].some((text) =>
      typeof name === 'string' ? text === name : name.test(text),
    ),
  );
export const button = (name: string | RegExp) => named('button', name) as HTMLButtonElement | undefined;
export const item = (name: string) => named('[role="menuitem"]', name);
export const dialog = () => document.querySelector('[role="dialog"]');
export const text = () => document.body.textContent ?? '';
export const bodies = (calls: ApiCall[]) =>
  calls
    .filter((call) => call.route === STRIPE)
    .map((call) => call.body as Record<string, unknown>)
    .filter(({ action }) => action !== 'list_prices');
export async function press(name: string | RegExp): Promise<void> {
  button(name)?.click();
  await flushPromises();
}
export async function openMenu(email = 'client@example.com'): Promise<void> {
  button(`Actions de l’abonnement de ${email}`)?.click();
  await until(() => expect(document.querySelector('[role="menu"]')).not.toBeNull());
}
export async function choose(name: string, email?: string): Promise<void> {
  await openMenu(email);
  item(name)?.click();
  await until(() => expect(dialog()).not.toBeNull());
}
export async function type(selector: string, value: string): Promise<void> {
  const field = document.querySelector<HTMLInputElement>(selector)!;
  field.value = value;
  field.dispatchEvent(new Event('input'));
  await flushPromises();
}
export const mount = (role: 'admin' | 'support' | 'viewer' = 'admin', path = '/abonnements') =>
  mountApp(SubscriptionListPage, { path, role });
