import { readFile } from 'node:fs/promises';
import Papa from 'papaparse';
import postgres from 'postgres';
import { expect, type Locator, type Page, test } from 'playwright/test';
import { type License, newLicense, unique } from './licenses.ts';
import { reportLines } from './logs.ts';
import { contextOf, home, type Member, sharedAdmin, sharedMember, visit, watchForTrouble } from './support.ts';

let admin: Member;
let license: License;
test.beforeAll(async () => {
  admin = await sharedAdmin();
  license = await newLicense(admin);
});

const exportsOf = (page: Page) => page.getByRole('dialog', { name: 'Exports des journaux' });
const newest = (page: Page): Locator => exportsOf(page).locator('[data-export]').first();
const isReady = (item: Locator) => expect(item.getByText('Prêt', { exact: true })).toBeVisible({ timeout: 30_000 });
const saved = async (page: Page, item: Locator) => {
  const download = page.waitForEvent('download');
  await item.getByRole('button', { name: 'Télécharger' }).click();
  const file = await download;
  return { name: file.suggestedFilename(), text: await readFile(await file.path(), 'utf8') };
};

test('what is filtered becomes a file: as many rows as counted, in the order of the list, and none runs', async ({
  browser,
}) => {
  const at = new Date(Date.now() - 600_000).toISOString();
  const messages = ['=HYPERLINK("http://x";"y")', 'a;b "c"', 'deux\nlignes', '+33 6 12', 'simple'];
  const source = await reportLines(
    license,
    messages.map((message) => ({ level: 'error', message, occurred_at: at })),
  );
  const page = await (await contextOf(browser, await sharedMember('support', 'marc'))).newPage();
  const trouble = watchForTrouble(page);
  await visit(page, `/logs?q=${encodeURIComponent(`source:${source}`)}`);
  await expect(page.locator('[data-total]')).toHaveText('5 lignes', { timeout: 20_000 });
  const listed = await page.locator('[data-lines]').getByRole('button').allInnerTexts();

  await page.getByRole('button', { name: 'Exporter' }).click();
  await expect(exportsOf(page).locator('[data-expected]')).toHaveText('5');
  await exportsOf(page).getByRole('button', { name: 'Préparer le fichier' }).click();
  await isReady(newest(page));
  await expect(newest(page)).toContainText('5 lignes');
  const csv = await saved(page, newest(page));
  expect(csv.name).toMatch(/^logs-.*\.csv$/);
  expect(csv.text.startsWith('\uFEFFat;')).toBe(true);
  const { data } = Papa.parse<Record<string, string>>(csv.text.slice(1), { delimiter: ';', header: true });
  const rows = data.filter(({ id }) => id);
  expect(rows.map(({ message }) => message)).toEqual([
    'simple',
    "'+33 6 12",
    'deux\nlignes',
    'a;b "c"',
    '\'=HYPERLINK("http://x";"y")',
  ]);
  expect(listed[0]).toContain('simple');
  expect(listed.at(-1)).toContain('=HYPERLINK');

  // The same for programs.
  await exportsOf(page).getByRole('radio', { name: 'NDJSON' }).click();
  await exportsOf(page).getByRole('button', { name: 'Préparer le fichier' }).click();
  await expect(exportsOf(page).locator('[data-export]')).toHaveCount(2);
  await isReady(newest(page));
  const ndjson = await saved(page, newest(page));
  const objects = ndjson.text.trim().split('\n');
  expect(objects.map((line) => (JSON.parse(line) as { message: string }).message)).toEqual(messages.toReversed());
  expect(trouble).toEqual([]);
});

test('an export outlives its page, is cancelled, taken up again and thrown away', async ({ browser }) => {
  const source = await reportLines(license, [{ level: 'info', message: `Rien ${unique()}` }]);
  const page = await (await contextOf(browser, await sharedMember('support', 'lea'))).newPage();
  await visit(page, `/logs?q=${encodeURIComponent(`source:${source}`)}`);
  await page.getByRole('button', { name: 'Exporter' }).click();
  const sql = postgres(home.dbUrl, { max: 1 });
  try {
    // Somebody is just adding lines: whoever exports waits for them.
    await sql.begin(async (adding) => {
      await adding`select private.next_log_batch()`;
      await exportsOf(page).getByRole('button', { name: 'Préparer le fichier' }).click();
      await expect(newest(page)).toContainText('En attente');
      await page.reload();
      await page.getByRole('button', { name: /^Export en cours/ }).click();
      await newest(page).getByRole('button', { name: 'Annuler' }).click();
      await expect(newest(page).getByText('Annulé', { exact: true })).toBeVisible();
      await newest(page).getByRole('button', { name: 'Reprendre' }).click();
      await expect(newest(page)).toContainText('En attente');
    });
  } finally {
    await sql.end();
  }
  await page.keyboard.press('Escape');
  await expect(page.getByText(/^Export prêt/).first()).toBeVisible({ timeout: 30_000 });
  await page.getByRole('button', { name: 'Exporter' }).click();
  const remove = newest(page).getByRole('button', { name: /^Supprimer l’export/ });
  await remove.click();
  await remove.click();
  await expect(exportsOf(page).getByText('Aucun fichier pour le moment')).toBeVisible();
});

test('who only looks exports nothing', async ({ browser }) => {
  const page = await (await contextOf(browser, await sharedMember('viewer', 'sophie'))).newPage();
  await visit(page, '/logs');
  await expect(page.getByRole('combobox', { name: 'Recherche dans les journaux' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Exporter' })).toHaveCount(0);
});
