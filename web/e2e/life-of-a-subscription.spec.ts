import { expect, test } from 'playwright/test';
import { minorDigits } from '../../supabase/contracts/constants/currencies.ts';
import {
  ageMovements,
  atStripe,
  buy,
  cents,
  expectInDrawer,
  fact,
  heardOf,
  isLive,
  isSaid,
  listOf,
  openDialog,
  rowOf,
  subscriptionsOf,
  sum,
  unique,
  unread,
  type Subscription,
} from './subscriptions.ts';
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
  const [{ stripe_customer_id: customer, license_id: licenseId }] = (await subscriptionsOf(admin, email)) as [
    Subscription,
  ];

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
  await expect.poll(() => heardOf(`licence …${key.slice(-5)}`)).toEqual(['slack', 'telegram']);
  await supportContext.close();

  // Tried again: refused for the bank's reason, then paid.
  await expect(row.getByText('Paiement en échec')).toBeVisible();
  await expect(row.getByText('Carte expirée')).toBeVisible();
  // The failure is told before the status that it leads to: what the dialog shows is what is asked for, once all is in.
  await expect.poll(async () => (await subscriptionsOf(admin, email))[0]!.status).toBe('past_due');
  await page.reload();
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
    new Intl.NumberFormat('fr-FR', { style: 'currency', currency: 'EUR' }).format(due / 10 ** minorDigits('EUR')),
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
  await isSaid(page, `Remboursé à ${email} : 5 €`);
  await expect(row.filter({ hasText: 'Remboursé en partie' })).toContainText('remboursé : 5 €');

  // Cancelled, kept, cancelled for good.
  await listOf(page, 'abonnements', email);
  await openDialog(page, email, 'Résilier');
  await dialog.getByRole('button', { name: 'Programmer la résiliation' }).click();
  await expect(row.getByText('Résiliation programmée')).toBeVisible();
  await openDialog(page, email, 'Annuler la résiliation');
  await dialog.getByRole('button', { name: 'Annuler la résiliation' }).click();
  await expect(row.getByText('Actif', { exact: true })).toBeVisible();
  await openDialog(page, email, 'Résilier');
  await dialog.getByRole('radio', { name: 'Immédiatement' }).click();
  await dialog.getByLabel('Motif').fill('Fermeture');
  await dialog.getByRole('button', { name: 'Résilier maintenant' }).click();
  await expect(row.getByText('Résilié', { exact: true })).toBeVisible();

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
    await expect(drawer.getByRole('listitem').filter({ hasText: 'Réactivation' })).toContainText('+29 €');
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
  const totals = page.getByRole('list', { name: 'Totaux de la sélection' }).getByRole('listitem');
  // The figure alone: its name ends in a year.
  const collected = totals.filter({ hasText: 'Encaissé' }).getByText(/^[\d\s,]+€$/);
  await expect.poll(async () => cents((await collected.textContent())!)).toBe(taken);
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
    'Abonnement souscrit': 2,
    'Licence créée': 1,
    'Achat en ligne terminé': 2,
    'Paiement reçu': 4,
    'Échec de paiement': 2,
    'Action non aboutie chez Stripe': 1,
    'Licence renouvelée': 2,
    'Plan de l’abonnement changé': 1,
    'Remise modifiée': 2,
    'Paiement remboursé': 1,
    'Résiliation programmée': 1,
    'Résiliation annulée': 1,
    'Abonnement terminé': 1,
  }))
    await expect(happened(title), title).toHaveCount(times);
  expect(sum((await happened('Paiement reçu').allTextContents()).map(cents))).toBe(taken);
  expect(sum((await happened('Paiement remboursé').allTextContents()).map(cents))).toBe(500);
  expect(await heardOf(`licence …${key.slice(-5)}`)).toEqual(['slack', 'slack', 'telegram', 'telegram']);
  expect(trouble).toEqual([]);
  await context.close();
});
