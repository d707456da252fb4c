import { type BrowserContext, expect, type Page, test } from 'playwright/test';
import { newLicense, stored, unique } from './licenses.ts';
import { contextOf, home, makeMember, type Member, password, sharedAdmin, totp, typeCode, visit } from './support.ts';

const banner = (page: Page) => page.getByRole('status').filter({ hasText: 'Hors ligne' });
/** How long a cut may stay unsaid. */
const SAID_WITHIN = { timeout: 2_000 };

let admin: Member;
let context: BrowserContext;
let page: Page;
test.beforeAll(async ({ browser }) => {
  admin = await sharedAdmin();
  context = await contextOf(browser, admin);
  page = await context.newPage();
});
test.afterAll(() => context.close());

test('a cut is said at once, nothing pretends meanwhile, and lists are read again after it', async () => {
  const prefix = `coupure-${unique()}`;
  const license = await newLicense(admin, { email: `${prefix}@exemple.fr` });
  const before = (await stored(admin, license)).expires_at;
  await visit(page, `/licences?q=${prefix}`);
  await expect(page.getByRole('row')).toHaveCount(2);
  await expect(page.getByText('En direct')).toBeVisible();

  await context.setOffline(true);
  await expect(banner(page)).toBeVisible(SAID_WITHIN);
  await expect(page.getByText('Hors direct')).toBeVisible(SAID_WITHIN);
  await page.getByRole('searchbox').fill('quelqu’un d’autre');
  await expect(page.getByText('Le chargement a échoué')).toBeVisible();
  await expect(page.getByText(`${prefix}@exemple.fr`)).toHaveCount(0);
  await expect(page.getByText(/peut-être été faite/)).toHaveCount(0);
  await page.goBack();

  await context.setOffline(false);
  await expect(banner(page)).toBeHidden();
  await visit(page, `/licences?q=${prefix}`);
  await page.getByRole('button', { name: `Actions pour ${license.email}` }).click();
  await page.getByRole('menuitem', { name: 'Prolonger' }).click();
  await page.getByRole('dialog').getByLabel(/Motif/).fill('essai de coupure');
  await context.setOffline(true);
  await page.getByRole('dialog').getByRole('button', { name: 'Prolonger' }).click();
  await expect(page.getByText('Vous êtes hors ligne : rien n’a été envoyé.')).toBeVisible();
  await context.setOffline(false);
  await expect(banner(page)).toBeHidden();
  // It did not wait for the network to do it by itself.
  await expect(page.getByRole('dialog').getByLabel(/Motif/)).toHaveValue('essai de coupure');
  expect((await stored(admin, license)).expires_at).toBe(before);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Abandonner' }).click();
});

test('a server out of reach is said though the browser knows of a network', async () => {
  await visit(page, '/licences');
  await expect(page.getByRole('row').nth(1)).toBeVisible();
  await page.route(`${home.apiUrl}/**`, (route) => route.abort('connectionrefused'));
  await page.getByRole('searchbox').fill('nobody');
  await expect(banner(page)).toBeVisible({ timeout: 4_000 });
  expect(await page.evaluate(() => navigator.onLine)).toBe(true);
  await page.unroute(`${home.apiUrl}/**`);
  await expect(banner(page)).toBeHidden();
  await expect(page.getByText('Aucune licence ne correspond')).toBeVisible();
});

test('a dialog is left while its act hangs, and a failure is told afterwards', async () => {
  const license = await newLicense(admin);
  await visit(page, `/licences/${license.id}`);
  await page.getByRole('button', { name: `Actions pour ${license.email}` }).click();
  await page.getByRole('menuitem', { name: 'Prolonger' }).click();
  await page.getByRole('dialog').getByLabel(/Motif/).fill('réponse perdue');
  let fail: () => void = () => {};
  await page.route('**/rpc/extend_license', async (route) => {
    await new Promise<void>((resolve) => (fail = resolve));
    await route.abort('connectionreset');
  });
  await page.getByRole('dialog').getByRole('button', { name: 'Prolonger' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Fermer' }).last().click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  fail();
  await expect(page.getByText(/l’action a peut-être été faite/).first()).toBeVisible();
  await page.unroute('**/rpc/extend_license');
});

test('on slow 3G the list comes, without a word of a cut', async ({ browser }) => {
  const slow = await contextOf(browser, admin);
  const slowPage = await slow.newPage();
  const cdp = await slow.newCDPSession(slowPage);
  await cdp.send('Network.enable');
  const bytesASecond = (400 * 1000) / 8;
  await cdp.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: 400,
    downloadThroughput: bytesASecond,
    uploadThroughput: bytesASecond,
  });
  await slowPage.goto(`${home.consoleUrl}/licences`, { timeout: 60_000 });
  await expect(slowPage.getByRole('row').nth(1)).toBeVisible({ timeout: 45_000 });
  await expect(slowPage.locator('tr[data-row]').first()).toBeVisible({ timeout: 45_000 });
  await expect(banner(slowPage)).toBeHidden();
  await slow.close();
});

test('the way back leads to the row that was opened, where it was', async () => {
  // Of the demo data: nobody adds to these meanwhile.
  await visit(page, '/licences?q=example.org');
  await expect(page.getByText('example.org').nth(20)).toBeAttached();
  await expect(page.locator('tr[data-row]').filter({ hasNotText: 'example.org' })).toHaveCount(0);
  const table = page.locator('.data-table');
  await table.evaluate((element) => (element.scrollTop = 400));
  const key = await page.locator('tr[data-row]').nth(14).getAttribute('data-row');
  const row = page.locator(`tr[data-row="${key}"]`);
  const place = async () => (await row.boundingBox())!.y;
  const before = await place();
  await row.getByRole('link').first().click();
  await expect(page).toHaveURL(new RegExp(`/licences/${key}`));
  await page.getByRole('link', { name: 'Retour aux licences' }).click();
  await expect(row).toBeFocused();
  await expect.poll(place).toBeCloseTo(before, 0);
});

test('a session ended in mid-form, in another tab, gives the form back as it was', async ({ browser }) => {
  const member = await makeMember('admin');
  const own = await contextOf(browser, member);
  const [first, second] = [await own.newPage(), await own.newPage()];
  await first.goto(`${home.consoleUrl}/licences?new=1`);
  await first
    .getByRole('dialog')
    .getByLabel(/E-mail/)
    .first()
    .fill('saisie@exemple.fr');
  await second.goto(`${home.consoleUrl}/licences`);
  await second.getByRole('button', { name: /^Compte de/ }).click();
  await second.getByRole('menuitem', { name: 'Se déconnecter' }).click();
  await expect(second).toHaveURL(/\/login/);

  await expect(first.getByText('Votre session est terminée.', { exact: false })).toBeVisible();
  await first.getByLabel('Adresse e-mail').fill(member.email);
  await first.getByLabel('Mot de passe', { exact: true }).fill(password);
  await first.keyboard.press('Enter');
  await typeCode(first, totp(member.secret, 1));
  await expect(
    first
      .getByRole('dialog')
      .getByLabel(/E-mail/)
      .first(),
  ).toHaveValue('saisie@exemple.fr');
  await expect(first).toHaveURL(/\/licences\?new=1/);
  // The factor verified here counts there.
  await expect(second.getByRole('heading', { name: 'Tableau de bord', level: 1 })).toBeVisible();
  await own.close();
});
