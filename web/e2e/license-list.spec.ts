import { readFileSync } from 'node:fs';
import { type BrowserContext, type Download, expect, type Page, test } from 'playwright/test';
import { DAY, unique, type License, newLicense as makeLicense, stored as storedLicense } from './licenses.ts';
import { contextOf, sharedAdmin, type Member, visit, watchForTrouble } from './support.ts';
import { unzip } from './unzip.ts';

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
async function select(prefix: string, count: number): Promise<void> {
  await visit(page, `/licences?q=${prefix}`);
  await expect(page.getByRole('row')).toHaveCount(count + 1);
  await page.getByRole('checkbox', { name: 'Sélectionner la page' }).click();
}

async function exported(format: string): Promise<{ download: Download; file: Buffer }> {
  await page.getByRole('button', { name: 'Exporter', exact: true }).click();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('menuitem', { name: format }).click(),
  ]);
  return { download, file: readFileSync(await download.path()) };
}

test('several licences are extended, then revoked but for the one revoked already', async () => {
  const prefix = `lot-${unique()}`;
  const licenses = await Promise.all([1, 2, 3].map((index) => newLicense({ email: `${prefix}-${index}@exemple.fr` })));
  const before = await Promise.all(licenses.map(stored));
  await select(prefix, 3);
  const bar = page.getByRole('region', { name: 'Actions sur la sélection' });
  await expect(bar).toContainText('3 licences sélectionnées');
  await bar.getByRole('button', { name: 'Prolonger' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('7 jours').click();
  await dialog.getByLabel(/Motif/).fill('Panne du 22');
  await dialog.getByRole('button', { name: 'Prolonger' }).click();
  await expect(page.getByText('3 licences prolongées').first()).toBeVisible();
  const after = await Promise.all(licenses.map(stored));
  expect(
    after.map((each, index) => Date.parse(String(each.expires_at)) - Date.parse(String(before[index]!.expires_at))),
  ).toEqual([7 * DAY, 7 * DAY, 7 * DAY]);

  const { error } = await admin.client.rpc('revoke_license', { license_id: licenses[0]!.id, reason: 'fraude' });
  expect(error).toBeNull();
  await select(prefix, 3);
  await bar.getByRole('button', { name: 'Révoquer' }).click();
  await dialog.getByRole('combobox').click();
  await page.getByRole('option', { name: 'Demande du client' }).click();
  await dialog.getByLabel(/Tapez REVOQUER/).fill('REVOQUER');
  await dialog.getByRole('button', { name: 'Révoquer définitivement' }).click();
  await expect(page.getByText('2 licences révoquées').first()).toBeVisible();
  // One that fails stops nobody; it stays on screen with its reason.
  await expect(dialog).toContainText('1 licence n’est pas réglée en entier');
  await expect(dialog).toContainText(/Cette licence est révoquée/);
  await dialog.getByRole('button', { name: 'Fermer' }).last().click();
  await expect(bar).toBeHidden();
  await expect(page.getByRole('row').filter({ hasText: 'Révoquée' })).toHaveCount(3);
});

test('a view is saved under a name, loaded and removed', async () => {
  const name = `Vue ${unique()}`;
  const views = page.getByRole('button', { name: /^(Vues|Vue )/ });
  await visit(page, '/licences?status=expired&sort=email&desc=0');
  await views.click();
  await page.getByRole('menuitem', { name: 'Enregistrer la vue' }).click();
  await page.getByLabel('Nom de la vue').fill(name);
  await page.getByRole('button', { name: 'Enregistrer', exact: true }).click();
  await expect(page.getByText(`Vue « ${name} » enregistrée`).first()).toBeVisible();

  await visit(page, '/licences');
  await views.click();
  await page.getByRole('menuitem', { name, exact: true }).click();
  await expect(page).toHaveURL(/status=expired/);
  await expect(page).toHaveURL(/sort=email/);
  await views.click();
  await page.getByRole('menuitem', { name: `Supprimer « ${name} »` }).click();
  await expect(page.getByText(`Vue « ${name} » supprimée`).first()).toBeVisible();
  const { data } = await admin.client.from('saved_views').select('name');
  expect(data).toEqual([]);
});

test('an export holds the headings and the filtered rows, formulas made text, and is audited', async () => {
  const prefix = `export-${unique()}`;
  const formula = '=HYPERLINK("http://exemple.fr";"clic")';
  // The administrator of all files exports elsewhere too.
  const exportsSoFar = async () => {
    const { data, error } = await admin.client.rpc('search_events', {
      event_types: ['export_created'],
      actor_id: admin.userId,
    });
    expect(error).toBeNull();
    return (data as { total: number }).total;
  };
  const before = await exportsSoFar();
  for (const [index, notes] of [formula, 'rien; "de" spécial'].entries())
    await newLicense({ email: `${prefix}-${index}@exemple.fr`, notes });
  await visit(page, `/licences?q=${prefix}`);
  await expect(page.getByRole('row')).toHaveCount(3);

  const csv = await exported('CSV (tableur)');
  expect(csv.download.suggestedFilename()).toMatch(/^licences-\d{4}-\d\d-\d\d\.csv$/);
  const lines = csv.file.toString('utf8').split('\r\n');
  expect(lines).toHaveLength(3);
  expect(lines[0]).toMatch(/^\uFEFFE-mail;Client;Plan;Statut;Expire le;MRR;Devise;/);
  expect(lines[1]).toContain(`${prefix}-0@exemple.fr;`);
  expect(lines[1]).toContain(`"'=HYPERLINK(""http://exemple.fr"";""clic"")"`);
  expect(lines[2]).toContain('"rien; ""de"" spécial"');

  const xlsx = await exported('Excel (XLSX)');
  expect(xlsx.download.suggestedFilename()).toMatch(/\.xlsx$/);
  const parts = unzip(xlsx.file);
  const sheet = parts.get('xl/worksheets/sheet1.xml') ?? '';
  const text = sheet + (parts.get('xl/sharedStrings.xml') ?? '');
  expect(sheet.match(/<row /g)).toHaveLength(3);
  for (const words of ['E-mail', 'Renouvellement automatique', `${prefix}-0@exemple.fr`, `${prefix}-1@exemple.fr`])
    expect(text).toContain(words);
  expect(text).toMatch(/(&apos;|&#39;|')=HYPERLINK/);
  expect(sheet).not.toMatch(/<f[ >]/);

  expect((await exportsSoFar()) - before).toBe(2);
});

test('the command palette finds a licence by e-mail, whole key and HWID', async () => {
  const license = await newLicense();
  await visit(page, '/licences');
  await expect(page.getByRole('row').nth(1)).toBeVisible();
  const found = page.getByRole('dialog').getByRole('option', { name: license.email }).first();
  for (const term of [license.email, license.license_key, license.hwid]) {
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog').getByRole('textbox').fill(term);
    await expect(found, `found by ${term}`).toBeVisible();
    if (term === license.hwid) break;
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toBeHidden();
  }
  await found.click();
  await expect(page).toHaveURL(new RegExp(`/licences/${license.id}$`));
  await expect(page.getByRole('heading', { name: license.email })).toBeVisible();
});

test('from one licence to another the page shows the other', async () => {
  const [one, other] = [await newLicense(), await newLicense()];
  await visit(page, `/licences/${one.id}`);
  await expect(page.getByRole('heading', { name: one.email })).toBeVisible();
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog').getByRole('textbox').fill(other.email);
  await page.getByRole('dialog').getByRole('option', { name: other.email }).first().click();
  await expect(page.getByRole('heading', { name: other.email })).toBeVisible();
  await page.goBack();
  await expect(page.getByRole('heading', { name: one.email })).toBeVisible();
});
