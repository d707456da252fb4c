import postgres from 'postgres';
import { type Browser, expect, type Locator, type Page, test } from 'playwright/test';
import {
  checkLicense,
  contextOf,
  control,
  home,
  mailTo,
  makeMember,
  type Member,
  newClient,
  visit,
  watchForTrouble,
} from './support.ts';

const service = newClient(home.secretKey);
let admin: Member;
test.beforeAll(async () => {
  admin = await makeMember('admin');
});

const unique = () => Math.random().toString(36).slice(2, 10);
const sum = (amounts: number[]) => amounts.reduce((total, amount) => total + amount, 0);

/** “1 019,50 €” → 101950. */
function cents(text: string): number {
  const [, euros, decimals = '00'] = /([\d\s]+)(?:,(\d\d))?\s*€/.exec(text)!;
  return Number(euros!.replace(/\s/g, '')) * 100 + Number(decimals);
}

interface Subscription {
  id: string;
  stripe_subscription_id: string;
  stripe_customer_id: string;
  license_id: string | null;
  cancel_at_period_end: boolean;
}

/** What the console holds of a customer's subscriptions, the newest first. */
async function subscriptionsOf(email: string): Promise<Subscription[]> {
  const { data, error } = await admin.client.rpc('search_subscriptions', { query: email });
  if (error) throw error;
  return (data as { rows: Subscription[] }).rows;
}

/** A subscription of one's own, paid without a browser. */
async function subscribe(): Promise<Subscription & { email: string }> {
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
  await expect.poll(async () => (await subscriptionsOf(email))[0]?.license_id).toBeTruthy();
  return { email, ...(await subscriptionsOf(email))[0]! };
}

/** An object on the page behind “Voir dans Stripe”. */
async function atStripe(page: Page, kind: 'payments' | 'subscriptions', id: string): Promise<Record<string, unknown>> {
  await page.goto(`${home.stripeUrl}/${kind}/${id}`);
  return JSON.parse((await page.locator('pre').textContent())!) as Record<string, unknown>;
}

/** Which messengers heard that a payment of this customer failed. */
async function heardOf(email: string): Promise<string[]> {
  const response = await fetch(`${home.messengersUrl}/api/messages`);
  const messages = (await response.json()) as { channel: string; text: string }[];
  return messages
    .filter(({ text }) => text.includes(`Paiement échoué : ${email}`))
    .map(({ channel }) => channel)
    .sort();
}

/** What a customer does within an hour is one movement: makes it that he bought two days ago and left yesterday. */
async function ageMovements(email: string): Promise<void> {
  const sql = postgres(home.dbUrl, { max: 1 });
  await sql`
    update public.mrr_movements set occurred_at = now() - case when kind = 'churn' then interval '1 day' else interval '2 days' end
    where customer_id = (select id from public.customers where email = ${email})`;
  await sql.end();
}

const listOf = (page: Page, path: 'abonnements' | 'paiements', email: string) =>
  visit(page, `/${path}?q=${encodeURIComponent(email)}`);
const rowOf = (page: Page, email: string) => page.getByRole('row').filter({ hasText: email });
const isSaid = (page: Page, text: string) => expect(page.getByText(text).first()).toBeVisible();
const isLive = (page: Page) => expect(page.getByText('En direct')).toBeVisible({ timeout: 30_000 });
const fact = (within: Locator, term: string) =>
  within.locator('dt', { hasText: new RegExp(`^${term}$`) }).locator('+ dd');
const unread = async (page: Page) =>
  Number(/\d+/.exec((await page.getByRole('button', { name: /^Alertes/ }).getAttribute('aria-label'))!)?.[0] ?? 0);

async function openDialog(page: Page, email: string, action: string): Promise<void> {
  await page
    .getByRole('button', { name: `Actions de l’abonnement de ${email}` })
    .first()
    .click();
  await page.getByRole('menuitem', { name: action, exact: true }).click();
}

async function expectInDrawer(page: Page, email: string, check: (drawer: Locator) => Promise<unknown>): Promise<void> {
  await page.getByRole('row').getByRole('button', { name: email, exact: true }).first().click();
  const drawer = page.getByRole('dialog', { name: email });
  await check(drawer);
  await page.keyboard.press('Escape');
  await expect(drawer).toBeHidden();
}

/** A member of the team makes the link, the customer pays with it in a browser of his own. */
async function buy(
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

test('from a payment link to a customer who comes back: console, Stripe and books agree to the cent', async ({
  browser,
}) => {
  test.setTimeout(240_000);
  const [email, hwid] = [`ines-${unique()}@exemple.fr`, `HWID-${unique()}`];
  const context = await contextOf(browser, admin);
  const page = await context.newPage();
  const trouble = watchForTrouble(page);
  const [row, dialog] = [rowOf(page, email), page.getByRole('dialog')];

  // Link, payment, licence: the row appears by itself, the key comes by mail.
  await listOf(page, 'abonnements', email);
  await expect(page.getByText('Aucun abonnement ne correspond')).toBeVisible();
  await isLive(page);
  await buy(page, browser, { email, plan: 'Starter', hwid });
  await expect(row.getByText('Actif', { exact: true })).toBeVisible();
  await expect(row.getByText('19 €/mois')).toBeVisible();
  const key = (await mailTo(email, /^Votre licence WhatAutosys$/)).text.match(
    /([2-9A-HJKMNP-Z]{5}-){4}[2-9A-HJKMNP-Z]{5}/,
  )![0];
  expect(await checkLicense(key, hwid)).toMatchObject({ valid: true, code: 'VALID' });
  const [{ stripe_customer_id: customer, license_id: licenseId }] = (await subscriptionsOf(email)) as [Subscription];

  // The renewal fails: somebody of support, busy with something else, is told at once, and so are the messengers.
  const supportContext = await contextOf(browser, await makeMember('support'));
  const supportPage = await supportContext.newPage();
  await supportPage.goto(`${home.consoleUrl}/licences`);
  await isLive(supportPage);
  const unreadBefore = await unread(supportPage);
  await control('failAlways', customer, 'expired_card');
  await control('advanceCustomer', customer, 'next_invoice');
  const toast = supportPage
    .getByRole('region', { name: /^Notifications/ })
    .getByRole('listitem')
    .filter({ hasText: email });
  await toast.waitFor({ timeout: 5_000 });
  const toldAt = Date.now();
  await expect(toast).toContainText('19 € · Carte expirée');
  await expect.poll(() => unread(supportPage)).toBeGreaterThan(unreadBefore);
  const { data: webhooks } = await admin.client
    .from('stripe_events')
    .select('received_at')
    .in('type', ['charge.failed', 'invoice.payment_failed'])
    .contains('payload', { data: { object: { customer } } })
    .order('received_at');
  const delay = toldAt - Date.parse(webhooks![0]!.received_at as string);
  test.info().annotations.push({ type: 'from webhook to toast', description: `${delay} ms` });
  expect(delay).toBeLessThan(5_000);
  await expect.poll(() => heardOf(email)).toEqual(['slack', 'telegram']);
  await supportContext.close();

  // Tried again: refused for the bank's reason, then paid.
  await expect(row.getByText('Échec paiement')).toBeVisible();
  await expect(row.getByText('Carte expirée')).toBeVisible();
  await row.getByRole('button', { name: 'Réessayer' }).click();
  await dialog.getByRole('button', { name: 'Réessayer' }).click();
  await expect(dialog.getByRole('alert')).toContainText('Carte expirée');
  await control('succeedAgain', customer);
  await dialog.getByRole('button', { name: 'Réessayer' }).click();
  await isSaid(page, `Paiement de ${email} reçu`);
  await expect(row.getByText('Actif', { exact: true })).toBeVisible();

  // Ten days into the month another plan costs its part of the difference, and what was shown is what is taken.
  await control('advanceCustomer', customer, { days: 10 });
  await openDialog(page, email, 'Changer de plan');
  await dialog.getByRole('radio', { name: 'Premium' }).click();
  await expect(dialog.getByText('Ce qui sera facturé')).toBeVisible();
  const confirm = dialog.getByRole('button', { name: /^Changer et débiter/ });
  const due = cents((await confirm.textContent())!);
  expect(due).toBeGreaterThan(500);
  expect(due).toBeLessThan(900);
  await confirm.click();
  await isSaid(page, `${email} passe à Premium`);
  await expect(row.getByText('29 €/mois')).toBeVisible();

  // A discount weighs on the revenue for as long as it is there.
  await openDialog(page, email, 'Appliquer un coupon');
  await dialog.getByLabel('Coupon', { exact: true }).click();
  await page.getByRole('option', { name: 'Fidélité −10 % : −10 %, pour toujours' }).click();
  await dialog.getByRole('button', { name: 'Appliquer' }).click();
  await isSaid(page, `Remise appliquée à ${email}`);
  await expectInDrawer(page, email, (drawer) => expect(fact(drawer, 'MRR')).toHaveText('26,10 €'));
  await openDialog(page, email, 'Retirer la remise');
  await dialog.getByRole('button', { name: 'Retirer la remise' }).click();
  await isSaid(page, `Remise de ${email} retirée`);
  await expectInDrawer(page, email, (drawer) => expect(fact(drawer, 'MRR')).toHaveText('29 €'));

  // A part of the first payment goes back, never more than there was.
  await listOf(page, 'paiements', email);
  await expect(row.filter({ hasText: 'Payé' }).first()).toContainText(
    new Intl.NumberFormat('fr-FR', { style: 'currency', currency: 'EUR' }).format(due / 100),
  );
  await row
    .filter({ hasText: 'Payé' })
    .last()
    .getByRole('button', { name: `Actions du paiement de ${email}` })
    .click();
  await page.getByRole('menuitem', { name: 'Rembourser' }).click();
  await dialog.getByRole('radio', { name: 'Une partie' }).click();
  await dialog.getByLabel('Montant').fill('19,01');
  await expect(dialog.getByText('Il reste 19 € à rembourser')).toBeVisible();
  await expect(dialog.getByRole('button', { name: 'Rembourser' })).toBeDisabled();
  await dialog.getByLabel('Montant').fill('5');
  await dialog.getByRole('button', { name: 'Rembourser 5 €' }).click();
  await isSaid(page, `5 € remboursés à ${email}`);
  await expect(row.filter({ hasText: 'Remboursé en partie' })).toContainText('dont 5 € remboursés');

  // Cancelled, kept, cancelled for good.
  await listOf(page, 'abonnements', email);
  await openDialog(page, email, 'Annuler');
  await dialog.getByRole('button', { name: 'Programmer la fin' }).click();
  await expect(row.getByText('Fin programmée')).toBeVisible();
  await openDialog(page, email, 'Reprendre');
  await dialog.getByRole('button', { name: 'Reprendre' }).click();
  await expect(row.getByText('Actif', { exact: true })).toBeVisible();
  await openDialog(page, email, 'Annuler');
  await dialog.getByRole('radio', { name: 'Tout de suite' }).click();
  await dialog.getByLabel('Motif').fill('Fermeture');
  await dialog.getByRole('button', { name: 'Annuler maintenant' }).click();
  await expect(row.getByText('Terminé', { exact: true })).toBeVisible();

  // Bought again: the same licence lives on, and the revenue has come back.
  await ageMovements(email);
  await buy(page, browser, { email, plan: 'Premium', hwid });
  await expect(row).toHaveCount(2);
  await expect(row.getByText('Actif', { exact: true })).toBeVisible();
  const { data: licenses } = await service
    .from('licenses')
    .select('id, customer_id, plan, mrr_cents')
    .eq('email', email);
  expect(licenses).toMatchObject([{ id: licenseId, plan: 'premium', mrr_cents: 2_900 }]);
  expect(await checkLicense(key, hwid)).toMatchObject({ valid: true, code: 'VALID' });
  await expectInDrawer(page, email, async (drawer) => {
    await drawer.getByRole('tab', { name: 'Factures et paiements' }).click();
    await expect(drawer.getByRole('listitem').filter({ hasText: 'Retour' })).toContainText('+29 €');
  });
  const { data: movements } = await service
    .from('mrr_movements')
    .select('kind, amount_cents')
    .eq('customer_id', licenses![0]!.customer_id)
    .order('occurred_at');
  expect(movements!.map(({ kind }) => kind)).toEqual(['new', 'churn', 'reactivation']);
  expect(sum(movements!.map(({ amount_cents }) => amount_cents as number))).toBe(2_900);

  // The books: our payments are Stripe's, one by one and in all, and every page tells the same sums.
  await openDialog(page, email, 'Portail client');
  await dialog.getByRole('button', { name: 'Créer le lien' }).click();
  const portal = await dialog.getByRole('link', { name: 'Ouvrir' }).getAttribute('href');
  const stripePage = await browser.newPage();
  await stripePage.goto(portal!);
  const taken = sum(
    (
      await stripePage.getByRole('row').filter({ hasText: 'paid' }).getByRole('cell', { name: '€' }).allTextContents()
    ).map(cents),
  );
  expect(taken).toBe(1_900 + 1_900 + due + 2_900);
  const { data: payments } = await service
    .from('payments')
    .select('stripe_payment_id, amount, amount_refunded, status')
    .eq('email', email);
  expect(sum(payments!.filter(({ status }) => status === 'succeeded').map(({ amount }) => amount as number))).toBe(
    taken,
  );
  expect(sum(payments!.map(({ amount_refunded }) => amount_refunded as number))).toBe(500);
  for (const { stripe_payment_id: id, ...payment } of payments!)
    expect(await atStripe(stripePage, 'payments', id as string)).toMatchObject(payment);
  await stripePage.close();

  await listOf(page, 'paiements', email);
  const totals = page.getByRole('list', { name: 'Totaux du filtre' }).getByRole('listitem');
  await expect(totals.filter({ hasText: 'Encaissé' })).toContainText('€');
  await expect.poll(async () => cents((await totals.filter({ hasText: 'Encaissé' }).textContent())!)).toBe(taken);
  await expect(totals.filter({ hasText: 'Remboursé' })).toContainText('5 €');
  await visit(page, `/licences/${licenseId}?tab=payments`);
  const revenue = fact(page.getByRole('main'), 'Revenu à ce jour');
  await expect(revenue).toBeVisible();
  expect(cents((await revenue.textContent())!)).toBe(taken - 500);

  await page.getByRole('tab', { name: 'Activité' }).click();
  const happened = (title: string) =>
    page
      .getByRole('list', { name: 'Activité' })
      .getByRole('listitem')
      .filter({ has: page.getByText(title, { exact: true }) });
  for (const [title, times] of Object.entries({
    'Abonnement commencé': 2,
    'Licence créée': 1,
    'Achat en ligne': 2,
    'Paiement reçu': 4,
    'Échec de paiement': 2,
    'Action refusée par Stripe': 1,
    'Licence renouvelée': 2,
    'Plan de l’abonnement changé': 1,
    'Remise modifiée': 2,
    'Paiement remboursé': 1,
    'Fin de l’abonnement programmée': 1,
    'Fin de l’abonnement annulée': 1,
    'Abonnement terminé': 1,
  }))
    await expect(happened(title), title).toHaveCount(times);
  expect(sum((await happened('Paiement reçu').allTextContents()).map(cents))).toBe(taken);
  expect(sum((await happened('Paiement remboursé').allTextContents()).map(cents))).toBe(500);
  expect(await heardOf(email)).toEqual(['slack', 'slack', 'telegram', 'telegram']);
  expect(trouble).toEqual([]);
  await context.close();
});

test('support hands out links, but is offered nothing that ends, changes or refunds', async ({ browser }) => {
  const [{ email, id }, support] = await Promise.all([subscribe(), makeMember('support')]);
  const context = await contextOf(browser, support);
  const page = await context.newPage();
  await listOf(page, 'abonnements', email);
  await page.getByRole('button', { name: `Actions de l’abonnement de ${email}` }).click();
  await expect(page.getByRole('menuitem', { name: 'Portail client' })).toBeVisible();
  for (const action of ['Annuler', 'Changer de plan', 'Appliquer un coupon'])
    await expect(page.getByRole('menuitem', { name: action }), action).toHaveCount(0);
  await page.getByRole('menuitem', { name: 'Portail client' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Créer le lien' }).click();
  await expect(page.getByRole('dialog').getByRole('link', { name: 'Ouvrir' })).toHaveAttribute(
    'href',
    new RegExp(`^${home.stripeUrl}/p/session/`),
  );
  await listOf(page, 'paiements', email);
  await page.getByRole('button', { name: `Actions du paiement de ${email}` }).click();
  await expect(page.getByRole('menuitem', { name: 'Voir la facture' })).toBeVisible();
  await expect(page.getByRole('menuitem', { name: 'Rembourser' })).toHaveCount(0);

  const { error } = await support.client.functions.invoke('stripe-action', {
    body: { action: 'cancel', subscription_id: id, when: 'now', request_id: crypto.randomUUID() },
  });
  expect((error as { context: Response }).context.status).toBe(403);
  await context.close();
});

test('while Stripe is down an act says so and does nothing by half; the same click works once it is back', async ({
  browser,
}) => {
  const { email, stripe_subscription_id: id } = await subscribe();
  const context = await contextOf(browser, admin);
  const [page, stripePage] = [await context.newPage(), await browser.newPage()];
  await listOf(page, 'abonnements', email);
  // Down for this one request: other specs use the same Stripe.
  await page.route(
    '**/functions/v1/stripe-action',
    async (route) => {
      await control('down', 5);
      try {
        await route.fulfill({ response: await route.fetch() });
      } finally {
        await control('down', 0);
      }
    },
    { times: 1 },
  );

  await openDialog(page, email, 'Annuler');
  const dialog = page.getByRole('dialog', { name: 'Annuler l’abonnement' });
  await dialog.getByRole('button', { name: 'Programmer la fin' }).click();
  await expect(dialog.getByRole('alert')).toContainText(
    'Stripe ne répond pas. Rien n’est garanti : vérifiez avant de recommencer.',
  );
  await expect(dialog.getByRole('alert')).toContainText('Recommencer ici est sans danger');
  expect(await atStripe(stripePage, 'subscriptions', id)).toMatchObject({
    status: 'active',
    cancel_at_period_end: false,
  });
  expect(await subscriptionsOf(email)).toMatchObject([{ cancel_at_period_end: false }]);

  await dialog.getByRole('button', { name: 'Programmer la fin' }).click();
  await expect(rowOf(page, email).getByText('Fin programmée')).toBeVisible();
  expect(await atStripe(stripePage, 'subscriptions', id)).toMatchObject({
    status: 'active',
    cancel_at_period_end: true,
  });
  await stripePage.close();
  await context.close();
});
