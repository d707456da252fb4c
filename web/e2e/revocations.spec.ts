import { expect, type Page, test } from 'playwright/test';
import { atStripe, isSaid, subscribe, type Subscription } from './subscriptions.ts';
import { contextOf, type Member, sharedAdmin, visit } from './support.ts';

let admin: Member;
let page: Page;
let stripePage: Page;
test.beforeAll(async ({ browser }) => {
  admin = await sharedAdmin();
  page = await (await contextOf(browser, admin)).newPage();
  stripePage = await browser.newPage();
});
test.afterAll(async () => {
  await page.context().close();
  await stripePage.close();
});

const dialog = () => page.getByRole('dialog', { name: 'Révoquer' });
async function open({ license_id, email }: Subscription & { email: string }): Promise<void> {
  await visit(page, `/licences/${license_id}`);
  await page.getByRole('button', { name: `Actions pour ${email}` }).click();
  await page.getByRole('menuitem', { name: 'Révoquer' }).click();
  await expect(dialog()).toContainText('Prochain débit');
  await expect(dialog()).toContainText(/19\s€ le/);
  await dialog().getByRole('combobox').first().click();
  await page.getByRole('option', { name: 'Demande du client' }).click();
  await dialog()
    .getByLabel(/Tapez REVOQUER/)
    .fill('REVOQUER');
}
const confirm = () => dialog().getByRole('button', { name: 'Révoquer définitivement' });

test('a licence is revoked with its subscription and last payment, the mail read before it leaves', async () => {
  const bought = await subscribe(admin);
  await open(bought);
  await expect(confirm(), 'what becomes of the subscription is not said yet').toBeDisabled();
  await dialog().getByRole('radio', { name: 'Résilier maintenant' }).click();
  await dialog()
    .getByRole('radio', { name: /Tout ce qui reste : 19\s€/ })
    .click();
  await dialog().getByText('Prévenir le client').click();
  await expect(dialog().getByText(/Nous vous remboursons 19,00\s€/)).toBeVisible();
  await confirm().click();
  await isSaid(page, `Licence de ${bought.email} révoquée`);
  await expect(dialog()).toBeHidden();
  await expect(page.getByText('Révoquée', { exact: true }).first()).toBeVisible();
  expect(await atStripe(stripePage, 'subscriptions', bought.stripe_subscription_id)).toMatchObject({
    status: 'canceled',
  });
  await page.getByRole('tab', { name: 'Activité' }).click();
  await expect(page.getByText(/abonnement résilié · licence révoquée · 19\s€ remboursés/)).toBeVisible();
  await page.getByRole('tab', { name: 'E-mails' }).click();
  await expect(page.getByRole('row').nth(1)).toContainText(/révo/i);
});

test('who only cuts off is told that the customer is billed on', async () => {
  const bought = await subscribe(admin);
  await open(bought);
  await dialog().getByRole('radio', { name: 'Couper seulement' }).click();
  await expect(dialog()).toContainText('Le client n’aura plus d’accès et continuera d’être débité.');
  await confirm().click();
  await isSaid(page, `Licence de ${bought.email} révoquée`);
  expect(await atStripe(stripePage, 'subscriptions', bought.stripe_subscription_id)).toMatchObject({
    status: 'active',
    cancel_at_period_end: false,
  });
});
