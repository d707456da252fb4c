import { expect, type Page, test } from 'playwright/test';
import { DAY, type License, newLicense, stored, unique } from './licenses.ts';
import { isSaid, listOf, openDialog, rowOf, subscribe } from './subscriptions.ts';
import { checkLicense, contextOf, control, mailTo, type Member, sharedAdmin, visit, sharedMember } from './support.ts';

/** Each test is an answer of “Ce que disent les clients” in docs/guide-console.md, followed as it is written there. */
let admin: Member;
let page: Page;
test.beforeAll(async ({ browser }) => {
  admin = await sharedAdmin();
  page = await (await contextOf(browser, await sharedMember('support', 'marc'))).newPage();
});
test.afterAll(() => page.context().close());

async function findByEmail(license: License): Promise<void> {
  await visit(page, '/licences');
  await page.getByRole('searchbox', { name: 'E-mail, nom, clé, HWID' }).fill(license.email);
  await page.getByRole('row').getByText(license.email).click();
  await expect(page.getByRole('tab', { name: 'Activité' })).toBeVisible();
}
async function act(license: License, action: string): Promise<void> {
  await page.getByRole('button', { name: `Actions pour ${license.email}` }).click();
  await page.getByRole('menuitem', { name: action }).click();
}
const dialog = () => page.getByRole('dialog');

test('“I did not get my key”: what was sent is looked up, and the key sent again', async () => {
  const license = await newLicense(admin);
  await findByEmail(license);
  await page.getByRole('tab', { name: 'E-mails' }).click();
  await expect(page.getByText('Aucun e-mail')).toBeVisible();
  await act(license, 'Renvoyer la clé');
  await dialog().getByRole('button', { name: 'Renvoyer la clé' }).click();
  await isSaid(page, `Clé renvoyée à ${license.email}`);
  expect((await mailTo(license.email, /^Votre clé de licence/)).text).toContain(license.license_key);
  await expect(page.getByText('Clé renvoyée', { exact: true }).first()).toBeVisible();
});

test('“refused on my new computer”: the machine is named, an administrator moves the licence', async ({ browser }) => {
  const license = await newLicense(admin);
  const newer = `HWID-${unique()}`;
  expect(await checkLicense(license.license_key, newer)).toMatchObject({ valid: false, code: 'HWID_MISMATCH' });
  await findByEmail(license);
  await page.getByRole('tab', { name: 'Dernières vérifications' }).click();
  await expect(page.getByText('Autre machine')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Transférer vers cette machine' })).toHaveCount(0);

  const context = await contextOf(browser, admin);
  const boss = await context.newPage();
  await boss.goto(page.url());
  await boss.getByRole('button', { name: 'Transférer vers cette machine' }).click();
  await boss.getByRole('dialog').getByLabel(/Motif/).fill('Nouvel ordinateur');
  await boss
    .getByRole('dialog')
    .getByRole('button', { name: /Transférer/ })
    .click();
  await expect(boss.getByRole('dialog')).toBeHidden();
  expect(await checkLicense(license.license_key, newer)).toMatchObject({ valid: true, code: 'VALID' });
  expect(await checkLicense(license.license_key, license.hwid)).toMatchObject({ valid: false });
  await context.close();
});

test('“my card is refused”: the row says why, a link lets the card be changed, the retry pays', async () => {
  const { email, stripe_customer_id: customer } = await subscribe(admin);
  await control('failAlways', customer, 'expired_card');
  await control('advanceCustomer', customer, 'next_invoice');
  await listOf(page, 'abonnements', email);
  await expect(rowOf(page, email).getByText('Paiement en échec')).toBeVisible();
  await expect(rowOf(page, email).getByText('Carte expirée')).toBeVisible();
  await openDialog(page, email, 'Portail client');
  await dialog().getByRole('button', { name: 'Créer le lien' }).click();
  await expect(dialog().getByText('Le lien ne sert qu’une fois et expire rapidement.')).toBeVisible();
  await page.keyboard.press('Escape');
  await control('succeedAgain', customer);
  await rowOf(page, email).getByRole('button', { name: 'Réessayer' }).click();
  await dialog().getByRole('button', { name: 'Réessayer' }).click();
  await isSaid(page, `Paiement de ${email} reçu`);
});

test('“I need a few more days”: the licence is extended, with its reason', async () => {
  const license = await newLicense(admin);
  const before = Date.parse(String((await stored(admin, license)).expires_at));
  await findByEmail(license);
  await act(license, 'Prolonger');
  await dialog()
    .getByText(/^7\sjours$/)
    .click();
  await dialog().getByLabel(/Motif/).fill('Geste commercial');
  await dialog().getByRole('button', { name: 'Prolonger', exact: true }).click();
  await isSaid(page, `Licence de ${license.email} prolongée`);
  expect(Math.round((Date.parse(String((await stored(admin, license)).expires_at)) - before) / DAY)).toBe(7);
});
