import { readFileSync } from 'node:fs';
import Papa from 'papaparse';
import { expect, type Locator, type Page, test } from 'playwright/test';
import { minorDigits } from '../../supabase/contracts/constants/currencies.ts';
import { DAY } from './licenses.ts';
import { cents, sum } from './subscriptions.ts';
import { contextOf, sharedMember, visit, watchForTrouble } from './support.ts';

let page: Page;
let trouble: string[];
test.beforeAll(async ({ browser }) => {
  page = await (await contextOf(browser, await sharedMember('viewer', 'sophie'))).newPage();
  trouble = watchForTrouble(page);
});
test.afterEach(() => expect(trouble).toEqual([]));
test.afterAll(() => page.context().close());

const ago = (days: number) => new Date(Date.now() - days * DAY).toISOString().slice(0, 10);
/** Days that are over: whoever buys meanwhile changes nothing of them. */
const PERIOD = `from=${ago(100)}&to=${ago(10)}`;

/** “-1 019,50 €” → -101950. */
const signed = (text: string) => (/^\s*[-−]/.test(text) ? -cents(text) : cents(text));
const card = (name: string) => page.getByRole('article').filter({ has: page.getByRole('button', { name }) });
const drawer = () => page.getByRole('dialog');
const OPEN_MRR = 'Voir ce que compte « MRR (revenu récurrent mensuel) »';

/** What the rows of all the drawer's pages add up to, each with its own amount. */
async function addUp(within: Locator): Promise<{ rows: number; amount: number }> {
  const amounts: number[] = [];
  const next = within.getByRole('button', { name: 'Next Page' });
  for (;;) {
    const shown = within.getByRole('listitem').filter({ hasText: '€' });
    await expect(shown.first()).toBeVisible();
    for (const text of await shown.locator('> p').allTextContents()) amounts.push(signed(text));
    if (!(await next.isVisible()) || (await next.isDisabled())) break;
    const first = await shown.first().textContent();
    await next.click();
    await expect(shown.first()).not.toHaveText(first!);
  }
  return { rows: amounts.length, amount: sum(amounts) };
}
const summary = async () =>
  (await drawer()
    .getByText(/, somme /)
    .textContent())!;

test('the first page’s MRR is what its rows add up to', async () => {
  await visit(page, `/?${PERIOD}`);
  await expect(page.getByRole('heading', { name: 'Tableau de bord', level: 1 })).toBeVisible();
  const figure = card(OPEN_MRR).locator('p').first();
  await expect(figure).toContainText('€');
  const shown = cents((await figure.textContent())!);
  expect(shown).toBeGreaterThan(0);
  await page.getByRole('button', { name: OPEN_MRR }).click();
  const said = await summary();
  expect(cents(said.split('somme')[1]!)).toBe(shown);
  const { rows, amount } = await addUp(drawer());
  expect(amount).toBe(shown);
  expect(said.replace(/\s/g, '')).toContain(`${rows}lignes,`);
  // Who only looks takes no list of persons away.
  await expect(drawer().getByRole('button', { name: 'Exporter les lignes' })).toHaveCount(0);
  await page.keyboard.press('Escape');
  await expect(drawer()).toHaveCount(0);
  expect(new URL(page.url()).search).toBe(`?${PERIOD}`);
});

test('each line of the waterfall adds up; a movement opens the rows that make it, down to the customer', async () => {
  await visit(page, `/analyses?${PERIOD}&by=month`);
  const table = page.getByRole('table', { name: 'Mouvements du MRR' }).filter({ hasText: 'Ouverture' });
  const lines = table.locator('tr[data-day]');
  await expect(lines.first()).toBeVisible();
  const cells = await lines.evaluateAll((rows) =>
    rows.map((row) => [...row.querySelectorAll('td')].map((cell) => cell.textContent ?? '')),
  );
  const amounts = cells.map((line) => line.map((text) => (text.trim() === '0' ? 0 : signed(text))));
  for (const line of amounts) expect(sum(line.slice(0, -1))).toBe(line.at(-1));
  // The newest first: what one closes with is what the next opens with.
  for (const [place, line] of amounts.slice(0, -1).entries()) expect(line[0]).toBe(amounts[place + 1]!.at(-1));

  const cell = lines.first().getByRole('button', { name: /^MRR nouveau/ });
  const moved = signed((await cell.textContent())!);
  expect(moved).toBeGreaterThan(0);
  await cell.click();
  await expect(drawer().getByRole('heading', { name: 'MRR nouveau' })).toBeVisible();
  expect(cents((await summary()).split('somme')[1]!)).toBe(moved);
  expect((await addUp(drawer())).amount).toBe(moved);

  const customer = drawer().getByRole('listitem').getByRole('link').first();
  const name = (await customer.textContent())!.trim();
  await customer.click();
  await expect(page).toHaveURL(/\/clients\/[0-9a-f-]{36}/);
  await expect(page.getByRole('heading', { level: 1 })).toContainText(name);
  await page.goBack();
  await expect(drawer().getByRole('heading', { name: 'MRR nouveau' })).toBeVisible();
});

test('the figures taken away as CSV are those on the screen', async () => {
  await visit(page, `/analyses?${PERIOD}&by=day`);
  const figure = card(OPEN_MRR).locator('p').first();
  await expect(figure).toContainText('€');
  await page.getByRole('button', { name: 'Exporter', exact: true }).click();
  const coming = page.waitForEvent('download');
  await page.getByRole('menuitem', { name: 'CSV (tableur)' }).click();
  const file = await coming;
  expect(file.suggestedFilename()).toMatch(/^analyses-\d{4}-\d\d-\d\d-\d{4}-\d\d-\d\d.*\.csv$/);
  const { data } = Papa.parse<string[]>(readFileSync(await file.path(), 'utf8').replace(/^\ufeff/, ''), {
    skipEmptyLines: true,
  });
  expect(data[0]).toEqual(['Chiffre', 'Jour', 'Valeur', 'Devise']);
  const mrr = data.filter(([metric]) => metric === 'MRR (revenu récurrent mensuel)');
  const total = mrr.find(([, day]) => day === 'Total')!;
  const written = Number(total[2]!.replace(',', '.')) * 10 ** minorDigits('EUR');
  expect(Math.round(written)).toBe(cents((await figure.textContent())!));
  expect(total[3]).toBe('EUR');
  // A line a day, and the last of them is what stands at the end.
  expect(mrr).toHaveLength(92);
  expect(mrr.at(-2)![2]).toBe(total[2]);
});
