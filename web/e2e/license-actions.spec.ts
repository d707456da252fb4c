import { readFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';
import { type BrowserContext, type Download, expect, type Locator, type Page, test } from 'playwright/test';
import { checkLicense, contextOf, makeMember, type Member, visit, watchForTrouble } from './support.ts';

interface License {
  id: string;
  email: string;
  hwid: string;
  license_key: string;
}

let admin: Member;
let context: BrowserContext;
let page: Page;
let trouble: string[];

test.beforeAll(async ({ browser }) => {
  admin = await makeMember('admin');
  context = await contextOf(browser, admin, { acceptDownloads: true });
  page = await context.newPage();
  trouble = watchForTrouble(page);
});
test.afterEach(() => expect(trouble).toEqual([]));
test.afterAll(() => context.close());

const unique = () => Math.random().toString(36).slice(2, 10);
const DAY = 86_400_000;

async function newLicense(fields: Record<string, unknown> = {}): Promise<License> {
  const [email, hwid] = [`acte-${unique()}@exemple.fr`, `HWID-${unique()}`];
  const { data, error } = await admin.client.rpc('create_license', {
    email,
    hwid,
    plan: 'premium',
    send_email: false,
    ...fields,
  });
  if (error) throw error;
  return { hwid, ...(data as Omit<License, 'hwid'>) };
}
async function stored(license: License): Promise<Record<string, unknown>> {
  const { data, error } = await admin.client.rpc('get_license', { license_id: license.id });
  if (error) throw error;
  return data as Record<string, unknown>;
}
async function openDialog(license: License, action: string): Promise<Locator> {
  await visit(page, `/licences/${license.id}`);
  await page.getByRole('button', { name: `Actions pour ${license.email}` }).click();
  await page.getByRole('menuitem', { name: action }).click();
  return page.getByRole('dialog');
}
async function select(prefix: string, count: number): Promise<void> {
  await visit(page, `/licences?q=${prefix}`);
  await expect(page.getByRole('row')).toHaveCount(count + 1);
  await page.getByRole('checkbox', { name: 'Sélectionner la page' }).click();
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
  await expect(page.getByText('La licence est passée au plan Enterprise').first()).toBeVisible();
  expect(await stored(license)).toMatchObject({ plan: 'enterprise' });
  await page.getByRole('tab', { name: 'Activité' }).click();
  await expect(page.getByText('Plan changé')).toBeVisible();
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
  await dialog.getByText('Autre…').click();
  const days = dialog.getByLabel('Nombre de jours');
  await days.fill('45');
  await days.blur();
  await dialog.getByLabel(/Motif/).fill('Geste commercial');
  await dialog.getByRole('button', { name: 'Prolonger', exact: true }).click();
  await expect(page.getByText(`Licence de ${license.email} prolongée`).first()).toBeVisible();
  expect(Date.parse(String((await stored(license)).expires_at)) - before).toBe(45 * DAY);
});

test('the renewal switch is written at once', async () => {
  const license = await newLicense({ auto_renew: true });
  await visit(page, `/licences/${license.id}`);
  const renewal = page.getByRole('switch');
  await expect(renewal).toBeChecked();
  await renewal.click();
  await expect(renewal).not.toBeChecked();
  await expect.poll(async () => (await stored(license)).auto_renew).toBe(false);
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
  await expect(page.getByText('Quelqu’un d’autre a changé les notes entre-temps')).toBeVisible();
  await expect(mine).toHaveValue('mon brouillon');
  await page.getByRole('button', { name: 'Enregistrer' }).click();
  await expect(theirs).toHaveValue('mon brouillon');
  expect(await stored(license)).toMatchObject({ notes: 'mon brouillon' });
  await tab.close();
});

test('a licence made by mistake is deleted; one that has served is not', async () => {
  const [fresh, used] = [await newLicense(), await newLicense()];
  await checkLicense(used.license_key, used.hwid);
  for (const license of [used, fresh]) {
    const dialog = await openDialog(license, 'Supprimer');
    await dialog.getByLabel(/Motif/).fill('Créée deux fois');
    await dialog.getByRole('button', { name: 'Supprimer' }).click();
    if (license === fresh) continue;
    await expect(dialog.getByRole('alert')).toHaveText(/a déjà servi/);
    await expect(dialog.getByLabel(/Motif/)).toHaveValue('Créée deux fois');
    await page.keyboard.press('Escape');
    await dialog.getByRole('button', { name: 'Abandonner' }).click();
  }
  await expect(page).toHaveURL(/\/licences$/);
  await visit(page, `/licences?q=${fresh.email}`);
  await expect(page.getByText('Aucune licence ne correspond')).toBeVisible();
  expect(await stored(used)).toMatchObject({ deleted_at: null });
});

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
  await expect(page.getByText('1 licence refusée').first()).toBeVisible();
  await expect(page.getByText(/Cette licence est révoquée/).first()).toBeVisible();
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

/** The parts of a ZIP archive as text, by name. */
function unzip(archive: Buffer): Map<string, string> {
  const parts = new Map<string, string>();
  const end = archive.lastIndexOf(Buffer.from('PK\u0005\u0006'));
  let at = archive.readUInt32LE(end + 16);
  for (let count = archive.readUInt16LE(end + 10); count > 0; count -= 1) {
    const [size, nameLength, extra, comment, local] = [
      archive.readUInt32LE(at + 20),
      archive.readUInt16LE(at + 28),
      archive.readUInt16LE(at + 30),
      archive.readUInt16LE(at + 32),
      archive.readUInt32LE(at + 42),
    ];
    const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
    const data = archive.subarray(start, start + size);
    parts.set(
      archive.toString('utf8', at + 46, at + 46 + nameLength),
      (archive.readUInt16LE(at + 10) === 8 ? inflateRawSync(data) : data).toString('utf8'),
    );
    at += 46 + nameLength + extra + comment;
  }
  return parts;
}

async function exported(format: string): Promise<{ download: Download; file: Buffer }> {
  await page.getByRole('button', { name: 'Exporter', exact: true }).click();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('menuitem', { name: format }).click(),
  ]);
  return { download, file: readFileSync(await download.path()) };
}

test('an export holds the headings and the filtered rows, formulas made text, and is audited', async () => {
  const prefix = `export-${unique()}`;
  const formula = '=HYPERLINK("http://exemple.fr";"clic")';
  for (const [index, notes] of [formula, 'rien; "de" spécial'].entries())
    await newLicense({ email: `${prefix}-${index}@exemple.fr`, notes });
  await visit(page, `/licences?q=${prefix}`);
  await expect(page.getByRole('row')).toHaveCount(3);

  const csv = await exported('CSV (tableur)');
  expect(csv.download.suggestedFilename()).toMatch(/^licences-\d{4}-\d\d-\d\d\.csv$/);
  const lines = csv.file.toString('utf8').split('\r\n');
  expect(lines).toHaveLength(3);
  expect(lines[0]).toMatch(/^\uFEFFE-mail;Client;Plan;Statut;Expire le;MRR \(€\);/);
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

  const { data, error } = await admin.client.rpc('search_events', {
    event_types: ['export_created'],
    actor_id: admin.userId,
  });
  expect(error).toBeNull();
  expect((data as { total: number }).total).toBe(2);
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
  await page.getByRole('switch').click();
  await expect.poll(async () => (await stored(other)).auto_renew).toBe(false);
  expect(await stored(one)).toMatchObject({ auto_renew: true });
  await page.goBack();
  await expect(page.getByRole('heading', { name: one.email })).toBeVisible();
});
