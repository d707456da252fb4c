import { type Browser, expect, type Page, test } from 'playwright/test';
import { accessibilityFaults } from './accessibility.ts';
import { type License, newLicense, unique } from './licenses.ts';
import { reportLines } from './logs.ts';
import { contextOf, type Member, sharedAdmin, sharedMember, visit, watchForTrouble } from './support.ts';

let admin: Member;
let license: License;
test.beforeAll(async () => {
  admin = await sharedAdmin();
  license = await newLicense(admin);
});

const pageOf = async (browser: Browser, member: Member, path: string): Promise<Page> => {
  const page = await (await contextOf(browser, member)).newPage();
  await visit(page, path);
  return page;
};
const asking = (query: string, rest = '') => `/logs?q=${encodeURIComponent(query)}${rest}`;
const lines = (page: Page) => page.locator('[data-lines]').getByRole('button');
const total = (page: Page) => page.locator('[data-total]');
const detail = (page: Page) => page.getByRole('dialog');
const facet = (page: Page, name: string | RegExp) =>
  page.getByRole('region', { name: 'Répartition' }).getByRole('button', { name }).first();

const ESCAPE = String.fromCharCode(27);
const STACK = [
  'Error: connect ECONNREFUSED',
  '    at baileys.connect (baileys.js:142:11)',
  '    at next (/app/node_modules/express/lib/router/route.js:149:13)',
  '    at Bridge.startWhatsApp (bridge.js:234:5)',
].join('\n');

test('a client fails to connect: seen at once, its trace, and a ticket that holds the lines', async ({ browser }) => {
  const source = `Panne-${unique()}`;
  await reportLines(license, [{ level: 'info', message: 'Session ouverte' }], source);
  const page = await pageOf(browser, await sharedMember('support', 'marc'), asking(`source:${source}`));
  const trouble = watchForTrouble(page);
  await expect(lines(page)).toHaveCount(1);
  await expect(page.locator('[data-live]')).toContainText('En direct');

  const message = `${ESCAPE}[31mWebSocket connection failed${ESCAPE}[0m <img src=x onerror=window.hacked=1>`;
  await reportLines(license, [{ level: 'error', message, stack: STACK, context: { attempt: 3 } }], source);
  await expect(lines(page)).toHaveCount(2);
  await expect(lines(page).first()).toContainText('WebSocket connection failed <img src=x onerror=window.hacked=1>');
  await expect(total(page)).toHaveText('2 lignes', { timeout: 20_000 });

  await lines(page).first().click();
  await expect(detail(page).locator('[data-stack]')).toContainText('baileys.js:142');
  await expect(detail(page).locator('[data-stack]')).not.toContainText('express');
  await detail(page).getByRole('button', { name: 'Voir la trace complète' }).click();
  await expect(detail(page).locator('[data-stack]')).toContainText('express');
  await expect(detail(page)).toContainText('attempt: 3');
  // What came before it, of the same licence.
  await expect(detail(page).getByRole('button', { name: /Session ouverte/ })).toBeVisible();

  await detail(page).getByRole('button', { name: 'Ouvrir un ticket' }).click();
  const dialog = page.getByRole('dialog', { name: 'Ouvrir un ticket' });
  await expect(dialog.getByLabel('Objet')).toHaveValue(/^WebSocket connection failed/);
  await dialog.getByRole('button', { name: 'Ouvrir le ticket' }).click();
  // It stands beside the line from now on.
  await detail(page)
    .getByRole('link', { name: /^#\d+ WebSocket connection failed/ })
    .click();
  const said = page.getByRole('region', { name: 'Conversation' });
  await expect(said).toContainText('baileys.js:142');
  await expect(said).toContainText('WebSocket connection failed');
  // Beside the ticket: the last errors of its customer.
  await expect(
    page.getByRole('complementary').getByRole('link', { name: /WebSocket connection failed/ }),
  ).toBeVisible();
  expect(await page.evaluate(() => 'hacked' in window)).toBe(false);
  expect(trouble).toEqual([]);
});

test('lines are found by clicks, by bars and by a view that was saved', async ({ browser }) => {
  const hour = (ago: number) => new Date(Date.now() - ago * 3_600_000).toISOString();
  const source = await reportLines(license, [
    ...Array.from({ length: 5 }, () => ({
      level: 'error' as const,
      message: 'Connexion échouée',
      occurred_at: hour(5),
    })),
    ...Array.from({ length: 3 }, () => ({ level: 'info' as const, message: 'Tout va bien', occurred_at: hour(1) })),
  ]);
  const page = await pageOf(browser, await sharedMember('support', 'marc'), asking(`source:${source}`));
  await expect(total(page)).toHaveText('8 lignes');
  await expect(lines(page)).toHaveCount(8);

  await facet(page, /^Erreur/).click();
  await expect(page.getByRole('list', { name: 'Filtres' })).toContainText('level:error');
  await expect(total(page)).toHaveText('5 lignes');
  await facet(page, /^Exclure Erreur/).click();
  await expect(page.getByRole('list', { name: 'Filtres' })).toContainText('sauf level:error');
  await expect(total(page)).toHaveText('3 lignes');
  await page.getByRole('button', { name: 'Retirer level:error' }).click();
  await expect(total(page)).toHaveText('8 lignes');

  const query = page.getByRole('combobox', { name: 'Recherche dans les journaux' });
  await query.fill(`source:${source} ECHOUE`);
  await query.press('Enter');
  await expect(total(page)).toHaveText('5 lignes');
  await expect(lines(page).first().locator('mark')).toHaveText('échoué');

  // The first half of the day holds nothing, the rest all five.
  const chart = page.getByRole('figure').locator('svg.apexcharts-svg');
  const box = (await chart.locator('.apexcharts-grid').first().boundingBox())!;
  await page.mouse.move(box.x + box.width * 0.5, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.99, box.y + box.height / 2, { steps: 5 });
  await page.mouse.up();
  await expect(page).toHaveURL(/[?&]from=.*[?&]to=/);
  await expect(page).toHaveURL(/[?&]tz=/);
  await expect(total(page)).toHaveText('5 lignes');
  await expect(page.locator('[data-live]')).toHaveText('Période close');

  const name = `Vue ${unique()}`;
  await page.getByRole('button', { name: /^Vues/ }).click();
  await page.getByRole('menuitem', { name: 'Enregistrer la vue' }).click();
  await page.getByRole('dialog').getByLabel('Nom').fill(name);
  await page.getByRole('dialog').getByRole('button', { name: 'Enregistrer' }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await visit(page, '/logs');
  await page.getByRole('button', { name: /^Vues/ }).click();
  await page.getByRole('menuitem', { name }).click();
  await expect(query).toHaveValue(`source:${source} ECHOUE`);
  await expect(total(page)).toHaveText('5 lignes');
});

test('what lines repeat is a pattern, which is asked for, or left out', async ({ browser }) => {
  const many = Array.from({ length: 12 }, (_, index) => ({ level: 'info' as const, message: `Lot ${index} envoyé` }));
  const source = await reportLines(license, [...many, { level: 'error', message: 'Panne à l’envoi du courrier' }]);
  const page = await pageOf(browser, await sharedMember('viewer'), asking(`source:${source}`));
  await expect(total(page)).toHaveText('13 lignes');
  await page.getByRole('button', { name: 'Motifs' }).click();
  await expect(page).toHaveURL(/[?&]show=patterns/);
  const patterns = page.locator('[data-pattern]');
  await expect(patterns).toHaveCount(2);
  await expect(patterns.first()).toContainText('Lot … envoyé');
  await expect(patterns.first()).toContainText('12 lignes');
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.getByRole('button', { name: 'Sans les lignes comme : Lot … envoyé' }).click();
  await expect(patterns).toHaveCount(1);
  await expect(total(page)).toHaveText('1 ligne');
  await page.goBack();
  await expect(patterns).toHaveCount(2);
  await page.getByRole('button', { name: 'Les lignes comme : Lot … envoyé', exact: true }).click();
  await expect(lines(page)).toHaveCount(12);
});

test('what cannot be read is said at its place', async ({ browser }) => {
  const page = await pageOf(browser, await sharedMember('viewer'), asking('timeout (level:error'));
  const query = page.getByRole('combobox', { name: 'Recherche dans les journaux' });
  await expect(query).toHaveAttribute('aria-invalid', 'true');
  await expect(page.getByText('cette parenthèse n’est pas fermée')).toBeVisible();
  expect(await accessibilityFaults(page)).toEqual([]);
  // What only the server knows.
  await query.fill('ab');
  await query.press('Enter');
  await expect(page.getByRole('alert').locator('mark')).toHaveText('ab');
  expect(await accessibilityFaults(page)).toEqual([]);
});

test('a customer’s tab shows that customer’s lines, live, whatever is typed', async ({ browser }) => {
  const [mine, other] = [await newLicense(admin), await newLicense(admin)];
  await reportLines(mine, [{ level: 'error', message: 'La mienne' }]);
  await reportLines(other, [{ level: 'error', message: 'Une autre' }]);
  const { data } = await admin.client.from('licenses').select('customer_id').eq('id', mine.id).single();
  const customer = String((data as { customer_id: string }).customer_id);
  const page = await pageOf(browser, admin, `/clients/${customer}?tab=logs`);
  await expect(lines(page)).toHaveCount(1);
  await reportLines(mine, [{ level: 'warning', message: 'La suivante' }]);
  await expect(lines(page)).toHaveCount(2);
  await visit(page, `/licences/${mine.id}?tab=logs&q=${encodeURIComponent('autre OR mienne')}`);
  await expect(lines(page)).toHaveCount(1);
  await expect(lines(page).first()).toContainText('La mienne');
});

test('scrolling away holds new lines back, a pause fills its gap', async ({ browser }) => {
  const many = Array.from({ length: 120 }, (_, index) => ({ level: 'info' as const, message: `Ligne ${index}` }));
  const source = await reportLines(license, many);
  const page = await pageOf(browser, await sharedMember('support', 'marc'), asking(`source:${source}`));
  await expect(total(page)).toHaveText('120 lignes');
  const list = page.getByRole('group', { name: 'Lignes des journaux' });
  await list.evaluate((element) => element.scrollTo({ top: 1_000 }));
  await expect(page.locator('[data-live]')).toHaveText('En direct, affichage retenu');
  await reportLines(license, [{ level: 'error', message: 'Pendant la lecture' }], source);
  await page.getByRole('button', { name: '1 nouvelle ligne' }).click();
  await expect(lines(page).first()).toContainText('Pendant la lecture');

  await page.getByRole('button', { name: 'Pause' }).click();
  await reportLines(license, [{ level: 'error', message: 'Pendant la pause' }], source);
  await page.getByRole('button', { name: 'Reprendre' }).click();
  await expect(lines(page).first()).toContainText('Pendant la pause');
});

test('a group is resolved, comes back in a new version, is ignored; a viewer only looks', async ({ browser }) => {
  const text = `Panne du module ${unique()}`;
  const source = await reportLines(license, [{ level: 'error', message: text, version: '1.0.0' }]);
  const page = await pageOf(browser, await sharedMember('support', 'marc'), `/logs?view=groups`);
  const row = page.locator('[data-group]', { hasText: source });
  await expect(row).toContainText('Ouvert');
  await row.getByRole('button').click();
  await detail(page).getByRole('button', { name: 'État' }).click();
  await page.getByRole('menuitem', { name: 'Résoudre' }).click();
  await expect(detail(page)).toContainText('Résolu');
  await page.keyboard.press('Escape');
  await expect(row).toHaveCount(0);

  await reportLines(license, [{ level: 'error', message: text, version: '1.1.0' }], source);
  await expect(row).toContainText('Revenu', { timeout: 20_000 });
  await row.getByRole('button').click();
  await expect(detail(page)).toContainText('version 1.1.0');
  await detail(page).getByRole('button', { name: 'État' }).click();
  await page.getByRole('menuitem', { name: 'Ignorer' }).click();
  const dialog = page.getByRole('dialog', { name: 'Ignorer le groupe' });
  await dialog.getByRole('radio', { name: 'Jusqu’à un nombre de lignes' }).click();
  await dialog.getByRole('button', { name: 'Ignorer' }).click();
  await expect(detail(page)).toContainText(/Ignoré jusqu’à 102\slignes/);
  await detail(page).getByRole('link', { name: 'Voir les lignes' }).click();
  await expect(lines(page)).toHaveCount(2);

  const viewer = await pageOf(browser, await sharedMember('viewer'), '/logs?view=groups&status=ignored');
  await viewer.locator('[data-group]', { hasText: source }).getByRole('button').click();
  await expect(detail(viewer).getByText('Première fois')).toBeVisible();
  await expect(detail(viewer).getByRole('button', { name: 'État' })).toHaveCount(0);
  await expect(detail(viewer).getByRole('button', { name: /Ouvrir un ticket/ })).toHaveCount(0);
  await viewer.keyboard.press('Escape');
  await expect(viewer.getByRole('button', { name: 'Sources' })).toHaveCount(0);
});

test('a source gets a token that is shown once, and loses it', async ({ browser }) => {
  const page = await pageOf(browser, admin, '/logs');
  await page.getByRole('button', { name: 'Sources' }).click();
  const name = `Serveur-${unique()}`;
  await detail(page).getByLabel('Nouveau jeton pour la source').fill(name);
  await detail(page).getByRole('button', { name: 'Créer' }).click();
  const token = await detail(page).locator('[data-token]').textContent();
  expect(token).toMatch(/^wal_[0-9a-f]{64}$/);
  expect(await accessibilityFaults(page, '[role="dialog"]')).toEqual([]);
  const source = detail(page).getByRole('listitem').filter({ hasText: name });
  await source.getByRole('button', { name: /^Révoquer/ }).click();
  await source.getByRole('button', { name: /^Révoquer/ }).click();
  await expect(source).toContainText('révoqué');
});
