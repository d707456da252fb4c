import postgres from 'postgres';
import { expect, test } from 'playwright/test';
import { createStripe } from '../../edge-functions/_shared/stripe.ts';
import { ensureCatalogue, type SoldPlan } from '../../seed/stripe-catalogue.ts';
import { unique } from './licenses.ts';
import { contextOf, control, home, mailTo, sharedAdmin, visit, watchForTrouble } from './support.ts';

const plan: SoldPlan & { grace_days: number } = {
  code: `studio_${unique()}`,
  name: 'Studio',
  monthly_price_cents: 4_900,
  currency: 'EUR',
  grace_days: 5,
};
let sql: postgres.Sql;

test.beforeAll(async () => {
  sql = postgres(home.dbUrl, { max: 1 });
  await sql`insert into public.plans ${sql({ ...plan, position: 9 })}`;
  await ensureCatalogue(createStripe({ apiKey: home.stripeApiKey, apiBase: home.stripeUrl }), [plan]);
});
test.afterAll(async () => {
  await sql`update public.plans set is_active = false where code = ${plan.code}`;
  await sql.end();
});

test('a fourth plan, a row and a price, is chosen, sold, shown and filtered without a line of code', async ({
  browser,
}) => {
  const admin = await sharedAdmin();
  const context = await contextOf(browser, admin);
  const page = await context.newPage();
  const trouble = watchForTrouble(page);
  const [email, buyer] = [`studio-${unique()}@exemple.fr`, `studio-${unique()}@exemple.fr`];

  await page.goto(`${home.consoleUrl}/licences`);
  await page.getByRole('button', { name: 'Nouvelle licence' }).click();
  await page.getByLabel('E-mail du client').fill(email);
  await page.getByLabel('Identifiant matériel (HWID)').fill(`HWID-${unique()}`);
  await page.getByRole('combobox', { name: 'Plan' }).click();
  await page.getByRole('option', { name: /^Studio.*49/ }).click();
  await page.getByRole('button', { name: 'Créer et envoyer par e-mail' }).click();
  await expect(page.getByText('Elle ne sera plus affichée en entier.')).toBeVisible();
  await page.getByRole('link', { name: 'Voir la licence' }).click();
  await expect(page.getByRole('heading', { name: email })).toBeVisible();
  expect((await mailTo(email, /licence WhatAutosys/)).text).toContain('Studio');

  await visit(page, '/abonnements');
  await page.getByRole('button', { name: 'Nouveau lien de paiement' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('E-mail', { exact: false }).first().fill(buyer);
  await dialog.getByLabel(/HWID/).fill(`HWID-${unique()}`);
  await dialog.getByRole('combobox', { name: 'Plan' }).click();
  await page.getByRole('option', { name: /^Studio.*49/ }).click();
  await dialog.getByRole('button', { name: 'Créer le lien' }).click();
  const link = (await dialog.getByTestId('stripe-link').textContent())!.trim();
  await control('completeCheckout', link.split('/').at(-1), { card: '4242424242424242' });
  await mailTo(buyer, /licence WhatAutosys/);

  await visit(page, '/licences?q=studio-');
  await page.getByRole('combobox', { name: 'Plan' }).click();
  await page.getByRole('option', { name: 'Studio' }).click();
  await page.keyboard.press('Escape');
  await expect(page).toHaveURL(new RegExp(`plan=${plan.code}`));
  const row = (whose: string) => page.getByRole('row').filter({ hasText: whose });
  await expect(row(email)).toContainText('Studio');
  // Only who pays brings revenue.
  await expect(row(buyer)).toContainText(/Studio.*49/);
  await visit(page, `/abonnements?q=${buyer}`);
  await expect(row(buyer)).toContainText('Studio');
  expect(trouble).toEqual([]);
  await context.close();
});
