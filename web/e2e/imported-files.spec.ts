import { readFileSync } from 'node:fs';
import { type BrowserContext, expect, type Page, test } from 'playwright/test';
import { unique } from './licenses.ts';
import { contextOf, mailTo, type Member, sharedAdmin, visit } from './support.ts';

let admin: Member;
let context: BrowserContext;
let page: Page;

test.beforeAll(async ({ browser }) => {
  admin = await sharedAdmin();
  context = await contextOf(browser, admin);
  page = await context.newPage();
});
test.afterAll(() => context.close());

/** Drops a file and has its rows judged. */
async function judge(content: string | Buffer): Promise<void> {
  await visit(page, '/clients');
  await visit(page, '/imports');
  await page
    .locator('input[type=file]')
    .setInputFiles({ name: 'clients.csv', mimeType: 'text/csv', buffer: Buffer.from(content) });
  await page.getByRole('button', { name: 'Contrôler les lignes' }).click();
  await expect(page.getByText('Prêtes à importer')).toBeVisible();
}
const ready = () => page.locator('dl > div').filter({ hasText: 'Prêtes à importer' }).locator('dd');
/** Of each wrong cell: line, column, value, reason. */
const wrong = () =>
  page
    .getByRole('table')
    .locator('tbody tr')
    .evaluateAll((rows) =>
      rows.map((row) => [...row.querySelectorAll('td')].map((cell) => cell.innerText.trim().replaceAll('\u00a0', ' '))),
    );
const wrongLines = async () => (await wrong()).map(([line, , , reason]) => [Number(line), reason]);
const start = async () => {
  await page.getByRole('button', { name: /^Importer( \d|$)/ }).click();
  await expect(page.getByText('Voir les licences')).toBeVisible();
};
const HEADER = 'email,hwid,plan,notes';
const STRAY = 'guillemet isolé : fermez-le, ou doublez-le ("")';

for (const [what, rows, lines] of [
  ['within a cell', ['a1,H-01,premium,"Ecran" 27 pouces', 'a2,H-02,premium,ok', 'a3,H-03,premium,"fin"'], [2]],
  ['that nothing closes', ['a1,H-01,premium,ok', 'a2,H-02,premium,"VIP'], [3]],
  ['closed rows below', ['a1,H-01,premium,"VIP', 'a2,H-02,premium,ok', 'a3,H-03,premium,fin"'], [2]],
] as const)
  for (const delimiter of [',', ';', '\t', '|'])
    test(`a stray quote ${what} costs its line alone, separated by ${JSON.stringify(delimiter)}`, async () => {
      const text = [HEADER, ...rows].join('\r\n').replace(/^a\d/gm, (name) => `${name}-${unique()}@exemple.test`);
      await judge(text.replaceAll(',', delimiter));
      await expect(page.getByText('Toutes les lignes sont valides')).toHaveCount(0);
      await expect(ready()).toHaveText(String(rows.length - lines.length));
      expect(await wrongLines()).toEqual(lines.map((line) => [line, STRAY]));
    });

for (const [what, content, count] of [
  ['a blank after a closing quote', `${HEADER}\na1@,H-01,premium,"ok" \na2@,H-02,starter,"ok"`, 2],
  [
    'a cell of several lines',
    `${HEADER}\na1@,H-01,premium,"ligne 1, a@b.fr\nligne ""2""\n\nfin"\na2@,H-02,starter,ok`,
    2,
  ],
  ['an inch sign', `${HEADER}\na1@,H-01,premium,écran 27" plat`, 1],
  ['sep=|', 'sep=|\r\nemail|hwid|plan\r\na1@|H-01|premium', 1],
  ['"sep=;"', '"sep=;"\r\nemail;hwid;plan\r\na1@;H-01;premium', 1],
  ['sep=;;;', 'sep=;;;\r\nemail;hwid;plan\r\na1@;H-01;premium', 1],
  [
    'French headers',
    'Adresse e-mail du client;Identifiant matériel;Forfait;Fin d’abonnement\na1@;H-01;PREMIUM;15/02/2030',
    1,
  ],
  [
    'a column of keys',
    'Licence;E-mail;HWID;Plan;Expire le\nABCDE-FGHJK-MNPQR-STUVW-XYZ23;a1@;H-01;premium;15/02/2030',
    1,
  ],
  ['a byte order mark in the middle', `\ufeff${HEADER}\na1@,H-01,premium,\n\ufeff${HEADER}\na2@,H-02,premium,`, 2],
] as const)
  test(`a file with ${what} is right`, async () => {
    await judge(content.replace(/a\d@(?=[,;|])/g, (name) => `${name.slice(0, 2)}-${unique()}@exemple.test`));
    await expect(ready()).toHaveText(String(count));
    await expect(page.getByText('Toutes les lignes sont valides')).toBeVisible();
  });

test('identifiers spoiled by a spreadsheet and odd days are wrong by name, what is right goes in', async () => {
  const rows = ['1,23457E+15', '1.23E+15', '#N/A', '########', '0012345678', '12E4AB90', '12345678'].map(
    (hwid, index) => `h${index}-${unique()}@exemple.test;${hwid};premium;`,
  );
  const days = ['2030-02-15T00:00:00+99:00', '47849', '31/02/2030', '31/12/2030'].map(
    (day, index) => `o${index}-${unique()}@exemple.test;H-JOUR-${index};premium;${day}`,
  );
  await judge(['email;hwid;plan;expires_at', ...rows, ...days].join('\n'));
  await expect(ready()).toHaveText('4');
  expect((await wrongLines()).map(([line, reason]) => [line, String(reason).split(' ', 2).join(' ')])).toEqual([
    [2, 'HWID abîmé'],
    [3, 'HWID abîmé'],
    [4, 'HWID abîmé'],
    [5, 'HWID abîmé'],
    [9, 'date illisible,'],
    [10, 'numéro de'],
    [11, 'date illisible,'],
  ]);
  await expect(page.getByText(/zéros du début.*Ligne 8\./)).toBeVisible();
});

test('the file of wrong rows, corrected, gives every cell back, and makes no right row twice', async () => {
  const [run, hwids] = [unique(), ['-HW1234', '@HW-9999', '=HW=5678', '+33612345678', '0012345']];
  const notes = ['-30% Black Friday', '=1+1', 'ligne 1\nligne "2"; fin', "'=x", '@equipe'];
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const rows = hwids.map((hwid, index) => `mauvais-${index};${hwid};premium;${quoted(notes[index]!)}`);
  const right = `bon-${run}@exemple.test;H-BON;premium;ok`;
  await judge(['email;hwid;plan;notes', right, ...rows].join('\r\n'));
  const [saved] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Télécharger les lignes en erreur' }).click(),
  ]);
  await start();
  const corrected = readFileSync(await saved.path(), 'utf8').replace(/mauvais-(\d)/g, `m$1-${run}@exemple.test`);
  await judge(`${corrected.trimEnd()}\r\n${right}`);
  await expect(page.getByText('1 ligne a déjà une licence en cours')).toBeVisible();
  await expect(ready()).toHaveText(String(hwids.length));
  await start();
  const { data } = await admin.client.from('licenses').select('id,email,notes').like('email', `%-${run}@exemple.test`);
  const made = data as { id: string; email: string; notes: string }[];
  expect(made).toHaveLength(hwids.length + 1);
  for (const [index, hwid] of hwids.entries()) {
    const license = made.find((each) => each.email === `m${index}-${run}@exemple.test`)!;
    const whole = await admin.client.rpc('get_license', { license_id: license.id });
    expect((whole.data as { hwid: string }).hwid).toBe(hwid);
    expect(license.notes).toBe(index === 3 ? '=x' : notes[index]);
  }
});

test('a day without a zone is that day in the list, in the mail and in the export', async () => {
  const email = `jour-${unique()}@exemple.test`;
  await judge(`email;hwid;plan;expires_at\n${email};H-JOUR;premium;15/02/2030`);
  await start();
  expect((await mailTo(email, /licence/)).text).toContain('15 février 2030');
  await visit(page, `/licences?q=${email}`);
  await expect(page.getByRole('row').filter({ hasText: email })).toContainText('15/02/2030');
  await page.getByRole('button', { name: 'Exporter' }).click();
  const [saved] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('menuitem', { name: /CSV/ }).click(),
  ]);
  expect(readFileSync(await saved.path(), 'utf8')).toContain('2030-02-15;');
});

test('an address that names nothing is not found, and a search with NUL finds nothing', async () => {
  for (const path of ['/licences/abc', '/clients/abc', '/licences/%00']) {
    await visit(page, path);
    await expect(page.getByText(/introuvable|n’existe/i).first(), path).toBeVisible();
  }
  for (const path of [
    '/licences?q=a%00b',
    '/clients?q=a%00b',
    '/abonnements?q=a%00b',
    '/audit?q=a%00b',
    '/paiements?q=a%00b',
  ])
    await test.step(path, async () => {
      await visit(page, path);
      await expect(page.getByText(/ne correspond/).first()).toBeVisible();
      await expect(page.getByRole('alert')).toHaveCount(0);
    });
  for (const path of ['/licences?import=abc', '/audit?license=abc']) {
    await visit(page, path);
    await expect(page.getByText(/ne correspond/).first(), path).toBeVisible();
  }
  await visit(page, '/abonnements?subscription=abc');
  await expect(
    page
      .getByRole('dialog')
      .getByText(/introuvable|n’existe/i)
      .first(),
  ).toBeVisible();
});
