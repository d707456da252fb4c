import postgres from 'postgres';
import { type Browser, expect, type Locator, type Page } from 'playwright/test';
import { control, home, type Member, visit } from './support.ts';

export const unique = () => Math.random().toString(36).slice(2, 10);
export const sum = (amounts: number[]) => amounts.reduce((total, amount) => total + amount, 0);

/** “1 019,50 €” → 101950. */
export function cents(text: string): number {
  const [, euros, decimals = '00'] = /([\d\s]+)(?:,(\d\d))?\s*€/.exec(text)!;
  return Number(`${euros!.replace(/\s/g, '')}${decimals}`);
}

export interface Subscription {
  id: string;
  stripe_subscription_id: string;
  stripe_customer_id: string;
  license_id: string | null;
  status: string;
  cancel_at_period_end: boolean;
}

/** What the console holds of a customer's subscriptions, the newest first. */
export async function subscriptionsOf(admin: Member, email: string): Promise<Subscription[]> {
  const { data, error } = await admin.client.rpc('search_subscriptions', { query: email });
  if (error) throw error;
  return (data as { rows: Subscription[] }).rows;
}

/** A subscription of one's own, paid without a browser. */
export async function subscribe(admin: Member): Promise<Subscription & { email: string }> {
  const email = `abonne-${unique()}@exemple.fr`;
  const { data, error } = await admin.client.functions.invoke<{ url: string }>('stripe-action', {
    body: {
      action: 'checkout_link',
      email,
      plan: 'starter',
      hwid: `HWID-${unique()}`,
      request_id: crypto.randomUUID(),
    },
  });
  if (error) throw error;
  await control('completeCheckout', data!.url.split('/').at(-1), { card: '4242424242424242' });
  let paid: Subscription | undefined;
  // Its licence may come before the console knows that it runs: whoever acts on it then has seen what is over.
  await expect
    .poll(async () => {
      [paid] = await subscriptionsOf(admin, email);
      return paid?.license_id ? paid.status : null;
    })
    .toBe('active');
  return { email, ...paid! };
}

/** The bank suspects the newest payment of a customer: an early fraud warning. */
export async function suspectFraud(email: string): Promise<void> {
  const sql = postgres(home.dbUrl);
  const [paid] = await sql`select stripe_payment_id from public.payments
    where email = ${email} and status = 'succeeded' order by payment_date desc limit 1`;
  await control('warnOfFraud', paid!['stripe_payment_id']);
  await expect
    .poll(
      async () =>
        (
          await sql`select from public.payments where stripe_payment_id = ${paid!['stripe_payment_id']}
          and fraud_type is not null`
        ).length,
    )
    .toBe(1);
  await sql.end();
}

/** An act at Stripe as the console asks for it: with what it showed of the subscription. */
export const actAtStripe = async (member: Member, action: string, seen: Subscription, fields: object = {}) =>
  member.client.functions.invoke('stripe-action', {
    body: { action, subscription_id: seen.id, seen, ...fields, request_id: crypto.randomUUID() },
  });

/** An object on the page behind “Voir dans Stripe”. */
export async function atStripe(
  page: Page,
  kind: 'payments' | 'subscriptions',
  id: string,
): Promise<Record<string, unknown>> {
  await page.goto(`${home.stripeUrl}/${kind}/${id}`);
  return JSON.parse((await page.locator('pre').textContent())!) as Record<string, unknown>;
}

/** Which messengers heard that a payment failed, by whose it is. */
export async function heardOf(whose: string): Promise<string[]> {
  const response = await fetch(`${home.messengersUrl}/api/messages`);
  const messages = (await response.json()) as { channel: string; text: string }[];
  return messages
    .filter(({ text }) => text.includes(`Paiement échoué\u00a0: ${whose}`))
    .map(({ channel }) => channel)
    .sort();
}

/** What a customer does within an hour is one movement: makes it that he bought two days ago and left yesterday. */
export async function ageMovements(email: string): Promise<void> {
  const sql = postgres(home.dbUrl, { max: 1 });
  await sql`
    update public.mrr_movements
      set occurred_at = now() - case when kind = 'churn' then interval '1 day' else interval '2 days' end
    where customer_id = (select id from public.customers where email = ${email})`;
  await sql.end();
}

export const listOf = (page: Page, path: 'abonnements' | 'paiements', email: string) =>
  visit(page, `/${path}?q=${encodeURIComponent(email)}`);
export const rowOf = (page: Page, email: string) => page.getByRole('row').filter({ hasText: email });
export const isSaid = (page: Page, text: string) => expect(page.getByText(text).first()).toBeVisible();
export const isLive = (page: Page) => expect(page.getByText('En direct')).toBeVisible({ timeout: 30_000 });
export const fact = (within: Locator, term: string) =>
  within.locator('dt', { hasText: new RegExp(`^${term}$`) }).locator('+ dd');
export const unread = async (page: Page) =>
  Number(/\d+/.exec((await page.getByRole('button', { name: /^Alertes/ }).getAttribute('aria-label'))!)?.[0] ?? 0);

export async function openDialog(page: Page, email: string, action: string): Promise<void> {
  await page
    .getByRole('button', { name: `Actions de l’abonnement de ${email}` })
    .first()
    .click();
  await page.getByRole('menuitem', { name: action, exact: true }).click();
}

export async function expectInDrawer(
  page: Page,
  email: string,
  check: (drawer: Locator) => Promise<unknown>,
): Promise<void> {
  await page.getByRole('row').getByRole('button', { name: email, exact: true }).first().click();
  const drawer = page.getByRole('dialog', { name: email });
  await check(drawer);
  await page.keyboard.press('Escape');
  await expect(drawer).toBeHidden();
}

/** A member of the team makes the link, the customer pays with it in a browser of his own. */
export async function buy(
  page: Page,
  browser: Browser,
  { email, plan, hwid }: { email: string; plan: string; hwid: string },
): Promise<void> {
  await page.getByRole('button', { name: 'Nouveau lien de paiement' }).click();
  const dialog = page.getByRole('dialog', { name: 'Nouveau lien de paiement' });
  await dialog.getByLabel('E-mail').fill(email);
  await dialog.getByLabel('Plan').click();
  await page.getByRole('option', { name: plan }).click();
  await dialog.getByLabel('HWID (facultatif)').fill(hwid);
  await dialog.getByRole('button', { name: 'Créer le lien' }).click();
  const url = await dialog.getByRole('link', { name: 'Ouvrir' }).getAttribute('href');
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();

  const customerPage = await browser.newPage();
  await customerPage.goto(url!);
  await expect(customerPage.getByRole('heading', { name: `WhatAutosys ${plan}` })).toBeVisible();
  await customerPage.getByLabel('Numéro de carte').fill('4242 4242 4242 4242');
  await customerPage.getByRole('button', { name: 'S’abonner' }).click();
  await expect(customerPage).toHaveURL(new RegExp(`^${home.consoleUrl}/`));
  await customerPage.close();
}
