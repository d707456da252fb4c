import { type BrowserContext, expect, type Locator, type Page, test } from 'playwright/test';
import { DAY, unique, type License, newLicense as makeLicense, stored as storedLicense } from './licenses.ts';
import { checkLicense, contextOf, sharedAdmin, type Member, visit, watchForTrouble } from './support.ts';

let admin: Member;
let context: BrowserContext;
let page: Page;
let trouble: string[];

test.beforeAll(async ({ browser }) => {
  admin = await sharedAdmin();
  context = await contextOf(browser, admin, { acceptDownloads: true });
  page = await context.newPage();
  trouble = watchForTrouble(page);
});
test.afterEach(() => expect(trouble).toEqual([]));
test.afterAll(() => context.close());

const newLicense = (fields?: Record<string, unknown>) => makeLicense(admin, fields);
const stored = (license: License) => storedLicense(admin, license);
async function openDialog(license: License, action: string): Promise<Locator> {
  await visit(page, `/licences/${license.id}`);
  await page.getByRole('button', { name: `Actions pour ${license.email}` }).click();
  await page.getByRole('menuitem', { name: action }).click();
  return page.getByRole('dialog');
}

test('a plan is changed with a reason; the price difference shows before', async () => {
  const license = await newLicense();
  const dialog = await openDialog(license, 'Changer de plan');
  await expect(dialog.getByRole('radio', { name: /Premium \(actuel\)/ })).toBeDisabled();
  await dialog.getByRole('radio', { name: /Enterprise/ }).click();
  await expect(dialog.getByText(/\+70\s€ \/ mois/)).toBeVisible();
  const confirm = dialog.getByRole('button', { name: 'Changer de plan' });
  await expect(confirm).toBeDisabled();
  await dialog.getByLabel(/Motif/).fill('Demande du client');
  await confirm.click();
  await expect(page.getByText('Licence passée au plan Enterprise').first()).toBeVisible();
  expect(await stored(license)).toMatchObject({ plan: 'enterprise' });
  await page.getByRole('tab', { name: 'Activité' }).click();
  await expect(page.getByText('Changement de plan')).toBeVisible();
});

test('after a transfer the old machine is refused and the new one passes', async () => {
  const license = await newLicense();
  const other = `HWID-${unique()}`;
  const dialog = await openDialog(license, 'Transférer');
  await dialog.getByLabel('Nouveau HWID').fill('abc');
  await expect(dialog.getByText('De 4 à 200 caractères visibles')).toBeVisible();
  await dialog.getByLabel(/Motif/).fill('Nouvel ordinateur');
  await expect(dialog.getByRole('button', { name: 'Transférer' })).toBeDisabled();
  await dialog.getByLabel('Nouveau HWID').fill(license.hwid);
  await dialog.getByRole('button', { name: 'Transférer' }).click();
  await expect(dialog.getByRole('alert')).toHaveText('La licence est déjà liée à ce HWID.');
  await dialog.getByLabel('Nouveau HWID').fill(other);
  await dialog.getByRole('button', { name: 'Transférer' }).click();
  await expect(dialog).toBeHidden();
  expect(await checkLicense(license.license_key, license.hwid)).toMatchObject({ valid: false, code: 'HWID_MISMATCH' });
  expect(await checkLicense(license.license_key, other)).toMatchObject({ valid: true, code: 'VALID' });
});

test('a licence is extended by days of one’s own choice, within limits', async () => {
  const license = await newLicense();
  const before = Date.parse(String((await stored(license)).expires_at));
  const dialog = await openDialog(license, 'Prolonger');
  await dialog.getByText('Personnalisé…').click();
  const days = dialog.getByLabel('Nombre de jours');
  await days.fill('45');
  await days.blur();
  await dialog.getByLabel(/Motif/).fill('Geste commercial');
  await dialog.getByRole('button', { name: 'Prolonger', exact: true }).click();
  await expect(page.getByText(`Licence de ${license.email} prolongée`).first()).toBeVisible();
  expect(Math.round((Date.parse(String((await stored(license)).expires_at)) - before) / DAY)).toBe(45);
});

test('a mail that bounces is said as it happens; no key is sent until the address is corrected', async () => {
  const email = `client.${crypto.randomUUID().slice(0, 8)}.bounce@exemple.fr`;
  const license = await newLicense({ email, send_email: true });
  await visit(page, `/licences/${license.id}?tab=emails`);
  await expect(page.getByText('Rejeté')).toBeVisible();
  await visit(page, `/licences/${license.id}`);
  await expect(page.getByText(`L’adresse ${email} ne reçoit plus nos e-mails.`)).toBeVisible();
  await page.getByRole('button', { name: `Actions pour ${email}` }).click();
  await expect(page.getByRole('menuitem', { name: 'Renvoyer la clé' })).toBeDisabled();
  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: 'Corriger l’adresse sur la fiche du client' }).click();
  await expect(page).toHaveURL(/\/clients\//);
  await expect(page.getByRole('tab', { name: 'Licences' })).toBeVisible();
  await page.getByRole('button', { name: /^Actions pour/ }).click();
  await page.getByRole('menuitem', { name: 'Modifier' }).click();
  await page.getByRole('textbox', { name: 'E-mail' }).fill(email.replace('.bounce', ''));
  await page.getByRole('button', { name: 'Enregistrer' }).click();
  await expect(page.getByText('Client modifié').first()).toBeVisible();
  await expect(page.getByText('ne reçoit plus nos e-mails')).toHaveCount(0);
});

test('notes being typed survive what another tab saves, and saving them reaches it', async () => {
  const license = await newLicense();
  const tab = await context.newPage();
  for (const each of [page, tab]) await visit(each, `/licences/${license.id}`);
  const [mine, theirs] = [page, tab].map((each) => each.getByRole('textbox', { name: 'Notes internes' })) as [
    Locator,
    Locator,
  ];
  await mine.fill('mon brouillon');
  await expect(tab.getByText('En direct')).toBeVisible();
  await theirs.fill('écrit ailleurs');
  await tab.getByRole('button', { name: 'Enregistrer' }).click();
  await expect(page.getByText('Une autre personne a modifié ces notes entre-temps')).toBeVisible();
  await expect(mine).toHaveValue('mon brouillon');
  await page.getByRole('button', { name: 'Enregistrer' }).click();
  await expect(theirs).toHaveValue('mon brouillon');
  expect(await stored(license)).toMatchObject({ notes: 'mon brouillon' });
  await tab.close();
});

test('a licence made by mistake is deleted; one that has served is not', async () => {
  const [fresh, used] = [await newLicense(), await newLicense()];
  // It serves for the first time while somebody is about to delete it: the page does not know yet.
  const dialog = await openDialog(used, 'Supprimer');
  await dialog.getByLabel(/Motif/).fill('Créée deux fois');
  await checkLicense(used.license_key, used.hwid);
  await dialog.getByRole('button', { name: 'Supprimer' }).click();
  await expect(dialog.getByRole('alert')).toHaveText(/a déjà servi/);
  await expect(dialog.getByLabel(/Motif/)).toHaveValue('Créée deux fois');
  await page.keyboard.press('Escape');
  await dialog.getByRole('button', { name: 'Abandonner' }).click();
  await page.reload();
  await page.getByRole('button', { name: `Actions pour ${used.email}` }).click();
  await expect(page.getByRole('menuitem', { name: 'Supprimer' })).toContainText('a déjà servi');
  await expect(page.getByRole('menuitem', { name: 'Supprimer' })).toBeDisabled();

  await openDialog(fresh, 'Supprimer');
  await dialog.getByLabel(/Motif/).fill('Créée deux fois');
  await dialog.getByRole('button', { name: 'Supprimer' }).click();
  await expect(page).toHaveURL(/\/licences$/);
  await visit(page, `/licences?q=${fresh.email}`);
  await expect(page.getByText('Aucune licence ne correspond')).toBeVisible();
  expect(await stored(used)).toMatchObject({ deleted_at: null });
});
