import { expect, type Page, test } from 'playwright/test';
import {
  checkLicense,
  contextOf,
  home,
  linkIn,
  mailTo,
  makeMember,
  newClient,
  password,
  totp,
  typeCode,
  visit,
  watchForTrouble,
} from './support.ts';

/** 1,000 rows, seven of them wrong in seven ways. */
function thousandRows(run: string): { csv: string; bad: Array<{ line: number; reason: RegExp }> } {
  const wrong: Record<number, { cells: string[]; reason: RegExp }> = {
    42: { cells: ['pas-une-adresse', `HWID-${run}-42`, 'premium', ''], reason: /adresse e-mail invalide/ },
    100: { cells: [`c100-${run}@exemple.fr`, '', 'premium', ''], reason: /valeur obligatoire/ },
    250: { cells: [`c250-${run}@exemple.fr`, `HWID-${run}-250`, 'gold', ''], reason: /plan inconnu/ },
    400: { cells: [`c400-${run}@exemple.fr`, 'abc', 'starter', ''], reason: /HWID invalide/ },
    555: { cells: [`c555-${run}@exemple.fr`, `HWID-${run}-555`, 'starter', '31/02/2031'], reason: /date illisible/ },
    700: { cells: [`c700-${run}@exemple.fr`, `HWID-${run}-700`, 'starter', '01/01/2020'], reason: /date déjà passée/ },
    901: { cells: [`c900-${run}@exemple.fr`, `HWID-${run}-900`, 'premium', ''], reason: /en double dans le fichier/ },
  };
  const lines = ['E-mail;HWID;Plan;Expire le'];
  for (let line = 2; line <= 1001; line += 1) {
    lines.push(
      (wrong[line]?.cells ?? [`c${line}-${run}@exemple.fr`, `HWID-${run}-${line}`, 'premium', '31/12/2031']).join(';'),
    );
  }
  return {
    csv: `\ufeff${lines.join('\r\n')}\r\n`,
    bad: Object.entries(wrong).map(([line, { reason }]) => ({ line: Number(line), reason })),
  };
}

const keyIn = (text: string) => text.match(/([2-9A-HJKMNP-Z]{5}-){4}[2-9A-HJKMNP-Z]{5}/)![0];

async function findRow(page: Page, email: string) {
  await visit(page, `/licences?q=${encodeURIComponent(email)}`);
  const row = page.getByRole('row').filter({ hasText: email });
  await expect(row).toBeVisible();
  return row;
}

test('from an invitation to a licence revoked: the main job', async ({ browser }) => {
  test.setTimeout(240_000);
  const run = Math.random().toString(36).slice(2, 8);
  const [boss, support] = [await makeMember('admin'), await makeMember('support')];
  const email = `laurent-${run}@whatautosys.test`;

  // An administrator invites.
  const bossContext = await contextOf(browser, boss);
  const bossPage = await bossContext.newPage();
  const trouble = watchForTrouble(bossPage);
  await bossPage.goto(home.consoleUrl);
  await bossPage.getByRole('link', { name: 'Équipe' }).click();
  await bossPage.getByRole('button', { name: 'Inviter' }).click();
  await bossPage.getByRole('dialog').getByLabel('Nom').fill('Laurent Invité');
  await bossPage.getByRole('dialog').getByLabel('E-mail').fill(email);
  await bossPage.getByRole('dialog').getByText('Administrateur', { exact: true }).click();
  await bossPage.getByRole('button', { name: 'Envoyer l’invitation' }).click();
  await expect(bossPage.getByText(`Invitation envoyée à ${email}`).first()).toBeVisible();

  // The invited person sets a password, enrols, signs out, signs in with a code.
  const context = await browser.newContext();
  const page = await context.newPage();
  const mail = await mailTo(email, /./);
  await page.goto(linkIn(mail));
  await page.getByRole('button', { name: 'Accepter l’invitation' }).click();
  await expect(page.getByRole('heading', { name: 'Bienvenue' })).toBeVisible();
  await page.getByLabel('Nouveau mot de passe').fill(password);
  await page.getByLabel('Confirmez le mot de passe').fill(password);
  await page.getByRole('button', { name: 'Continuer' }).click();
  await expect(page.getByRole('heading', { name: 'Protégez votre compte' })).toBeVisible();
  const secret = (await page
    .getByText(/^[A-Z2-7 ]{32,40}$/)
    .first()
    .textContent())!
    .replaceAll(' ', '')
    .trim();
  await typeCode(page, totp(secret, -1));
  await expect(page.getByRole('heading', { name: 'Tableau de bord', level: 1 })).toBeVisible();
  await page.getByRole('button', { name: /^Compte de/ }).click();
  await page.getByRole('menuitem', { name: 'Se déconnecter' }).click();
  await page.getByLabel('Adresse e-mail').fill(email);
  await page.getByLabel('Mot de passe', { exact: true }).fill(password);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Second facteur' })).toBeVisible();
  await typeCode(page, totp(secret, 0));
  await expect(page.getByRole('heading', { name: 'Tableau de bord', level: 1 })).toBeVisible();

  // He imports a file with seven bad rows, sees them by row, imports the rest.
  const { csv, bad } = thousandRows(run);
  await page.getByRole('link', { name: 'Licences', exact: true }).click();
  await page.getByRole('link', { name: 'Importer un CSV' }).click();
  await page
    .locator('input[type=file]')
    .setInputFiles({ name: 'black-friday.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) });
  await page.getByRole('button', { name: 'Contrôler les lignes' }).click();
  await expect(page.getByText('7 lignes en erreur')).toBeVisible();
  for (const { line, reason } of bad) {
    await expect(
      page
        .getByRole('row')
        .filter({ has: page.getByRole('cell', { name: String(line), exact: true }) })
        .getByText(reason),
    ).toBeVisible();
  }
  await page.getByText('Importer les 993 lignes valides').click();
  await page.getByRole('button', { name: 'Importer 993 licences' }).click();
  await expect(page.getByText(/993/).first()).toBeVisible();
  const first = `c2-${run}@exemple.fr`;
  const second = `c3-${run}@exemple.fr`;
  const admin = newClient(home.secretKey);
  await expect(async () => {
    const { count } = await admin
      .from('licenses')
      .select('id', { count: 'exact', head: true })
      .like('email', `c%-${run}@exemple.fr`);
    expect(count).toBe(993);
  }).toPass();

  // The thousand mails have left: what follows does not share the machine with them.
  await expect(async () => {
    const { count } = await admin
      .from('email_outbox')
      .select('id', { count: 'exact', head: true })
      .like('recipient', `c%-${run}@exemple.fr`)
      .in('status', ['pending', 'sending']);
    expect(count).toBe(0);
  }).toPass();

  // A second browser watches while he extends one licence and revokes another.
  const watchers = [await bossContext.newPage(), await bossContext.newPage()];
  const [firstRow, secondRow] = [await findRow(watchers[0]!, first), await findRow(watchers[1]!, second)];
  for (const watcher of watchers) await expect(watcher.getByText('En direct')).toBeVisible();
  const keys = [keyIn((await mailTo(first, /licence/)).text), keyIn((await mailTo(second, /licence/)).text)];

  await findRow(page, first);
  await page.getByRole('button', { name: `Actions pour ${first}` }).click();
  await page.getByRole('menuitem', { name: 'Prolonger' }).click();
  await page.getByRole('dialog').getByLabel('Motif').fill('Geste commercial');
  await page.getByRole('dialog').getByRole('button', { name: 'Prolonger' }).click();
  await expect(firstRow.getByText(/2032/)).toBeVisible();
  expect(await checkLicense(keys[0]!, `HWID-${run}-2`)).toMatchObject({ valid: true, code: 'VALID' });

  await findRow(page, second);
  await page.getByRole('button', { name: `Actions pour ${second}` }).click();
  await page.getByRole('menuitem', { name: 'Révoquer' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('combobox').first().click();
  await page.getByRole('option', { name: 'Fraude détectée' }).click();
  await dialog.getByLabel(/Tapez REVOQUER/).fill('REVOQUER');
  await dialog.getByRole('button', { name: 'Révoquer définitivement' }).click();
  await expect(secondRow.getByText('Révoquée')).toBeVisible();
  const askedAt = Date.now();
  expect(await checkLicense(keys[1]!, `HWID-${run}-3`)).toMatchObject({ valid: false, code: 'REVOKED' });
  expect(Date.now() - askedAt).toBeLessThan(1_000);

  // Support may not, neither in the console nor through the API.
  const { data: rows } = await support.client.from('licenses').select('id').eq('email', first);
  const { error, status } = await support.client.rpc('revoke_license', { license_id: rows![0]!.id, reason: 'x' });
  expect([status, error?.hint]).toEqual([403, 'permission_denied']);

  // The audit says who did what, and its chain holds.
  await visit(bossPage, `/audit?q=${encodeURIComponent(second)}`);
  const revoked = bossPage
    .getByRole('row')
    .filter({ hasText: /révoquée/i })
    .first();
  await expect(revoked).toContainText(/Laurent Invité|laurent-/);
  await bossPage.getByRole('button', { name: 'Vérifier la chaîne' }).click();
  await expect(bossPage.getByText('Le journal est intact')).toBeVisible();
  expect(trouble).toEqual([]);
  await context.close();
  await bossContext.close();
});
