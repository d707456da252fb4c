import { createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, type Page, test } from 'playwright/test';
import {
  checkLicense,
  contextOf,
  home,
  mailTo,
  makeMember,
  sharedAdmin,
  type Member,
  visit,
  watchForTrouble,
} from './support.ts';

let admin: Member;
test.beforeAll(async () => {
  admin = await sharedAdmin();
});

const unique = () => Math.random().toString(36).slice(2, 10);

async function createByForm(page: Page, email: string, hwid: string): Promise<string> {
  await page.goto(`${home.consoleUrl}/licences`);
  await page.getByRole('button', { name: 'Nouvelle licence' }).click();
  await page.getByLabel('E-mail du client').fill(email);
  await page.getByLabel('Identifiant matériel (HWID)').fill(hwid);
  await page.getByRole('button', { name: 'Créer et envoyer par e-mail' }).click();
  await expect(page.getByText('Elle ne sera plus affichée en entier.')).toBeVisible();
  return (await page
    .getByText(/^([2-9A-HJKMNP-Z]{5}-){4}[2-9A-HJKMNP-Z]{5}$/)
    .first()
    .textContent())!.trim();
}

test('a licence is created, mailed, checked, and its license.key proven offline', async ({ browser }) => {
  const context = await contextOf(browser, admin, { acceptDownloads: true });
  const page = await context.newPage();
  const trouble = watchForTrouble(page);
  const [email, hwid] = [`client-${unique()}@exemple.fr`, `HWID-${unique()}`];
  const key = await createByForm(page, email, hwid);
  expect(await checkLicense(key, hwid)).toMatchObject({ valid: true, code: 'VALID' });
  const mail = await mailTo(email, /licence WhatAutosys/);
  expect(mail.text).toContain(key);

  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: /license\.key/ }).click(),
  ]);
  expect(download.suggestedFilename()).toMatch(/license.*\.key$/);
  const file = readFileSync(await download.path(), 'utf8');
  // Offline: nothing but the public key and the file.
  const { keys } = (await (await fetch(`${home.apiUrl}/functions/v1/license-check/keys`)).json()) as {
    keys: Array<{ kty: string; crv: string; x: string }>;
  };
  const proves = (text: string) => {
    const { enc, sig } = JSON.parse(Buffer.from(text.replace(/-----[A-Z ]+-----/g, ''), 'base64').toString()) as {
      enc: string;
      sig: string;
    };
    return verify(
      null,
      Buffer.from(`license/${enc}`),
      createPublicKey({ key: keys[0]!, format: 'jwk' }),
      Buffer.from(sig, 'base64'),
    );
  };
  expect(proves(file)).toBe(true);
  const { enc, sig, alg } = JSON.parse(
    Buffer.from(file.replace(/-----[A-Z ]+-----/g, ''), 'base64').toString(),
  ) as Record<string, string>;
  const altered = JSON.stringify({ enc: (enc![0] === 'A' ? 'B' : 'A') + enc!.slice(1), sig, alg });
  expect(
    proves(`-----BEGIN LICENSE FILE-----\n${Buffer.from(altered).toString('base64')}\n-----END LICENSE FILE-----`),
  ).toBe(false);
  expect(trouble).toEqual([]);
  await context.close();
});

test('a form that is refused says why at the field and keeps what was typed', async ({ browser }) => {
  const context = await contextOf(browser, admin);
  const page = await context.newPage();
  await page.goto(`${home.consoleUrl}/licences?new=1`);
  await page.getByLabel('E-mail du client').fill('pas une adresse');
  await page.getByLabel('Identifiant matériel (HWID)').fill('x');
  await page.getByRole('button', { name: 'Créer et envoyer par e-mail' }).click();
  await expect(page.getByText('Saisissez une adresse e-mail valide')).toBeVisible();
  await expect(page.getByText('De 4 à 200 caractères visibles')).toBeVisible();
  await expect(page.getByLabel('E-mail du client')).toHaveValue('pas une adresse');
  await context.close();
});

test('what one person does appears in the other browser without reload', async ({ browser }) => {
  const [one, two] = [await contextOf(browser, admin), await contextOf(browser, await makeMember('viewer'))];
  const [page, other] = [await one.newPage(), await two.newPage()];
  const [email, hwid] = [`live-${unique()}@exemple.fr`, `HWID-${unique()}`];
  const key = await createByForm(page, email, hwid);
  await other.goto(`${home.consoleUrl}/licences?q=${encodeURIComponent(email)}`);
  const row = other.getByRole('row').filter({ hasText: email });
  await expect(row.getByText('Active')).toBeVisible();
  await expect(other.getByText('En direct')).toBeVisible();

  await page.goto(`${home.consoleUrl}/licences?q=${encodeURIComponent(email)}`);
  await page.getByRole('button', { name: `Actions pour ${email}` }).click();
  await page.getByRole('menuitem', { name: 'Révoquer' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByRole('button', { name: 'Révoquer définitivement' })).toBeDisabled();
  await dialog.getByRole('combobox').first().click();
  await page.getByRole('option', { name: 'Fraude détectée' }).click();
  await dialog.getByLabel(/Tapez REVOQUER/).fill('REVOQUER');
  await dialog.getByRole('button', { name: 'Révoquer définitivement' }).click();
  await expect(row.getByText('Révoquée')).toBeVisible();
  expect(await checkLicense(key, hwid)).toMatchObject({ valid: false, code: 'REVOKED' });
  await one.close();
  await two.close();
});

test('support sees no revoke, and the database refuses it by API too', async ({ browser }) => {
  const support = await makeMember('support');
  const context = await contextOf(browser, support);
  const page = await context.newPage();
  await page.goto(`${home.consoleUrl}/licences?status=active`);
  await page
    .getByRole('button', { name: /^Actions pour/ })
    .first()
    .click();
  await expect(page.getByRole('menuitem', { name: 'Prolonger' })).toBeVisible();
  await expect(page.getByRole('menuitem', { name: 'Révoquer' })).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Nouvelle licence' })).toHaveCount(0);
  const { data, error: unread } = await support.client.from('licenses').select('id').limit(1);
  expect(unread).toBeNull();
  const { error, status } = await support.client.rpc('revoke_license', { license_id: data![0]!.id, reason: 'x' });
  expect([status, error?.code, error?.hint]).toEqual([403, '42501', 'permission_denied']);
  await visit(page, '/audit');
  await expect(page.getByText('Accès refusé')).toBeVisible();
  await context.close();
});

test('filters live in the URL and in the history', async ({ browser }) => {
  // Customers of the demo data: other tests bring none of that address.
  const context = await contextOf(browser, admin);
  const page = await context.newPage();
  await page.goto(`${home.consoleUrl}/licences?status=active&q=example.org`);
  await expect(page.getByRole('row').nth(1)).toContainText('Active');
  // Rows by their identifier: the minutes in their text go on.
  const first = page.locator('tr[data-row]').first();
  const onPageOne = (await first.getAttribute('data-row'))!;
  await page.getByRole('button', { name: 'Page 2' }).click();
  await expect(page).toHaveURL(/status=active.*page=2|page=2.*status=active/);
  await expect(first).not.toHaveAttribute('data-row', onPageOne);
  const onPageTwo = (await first.getAttribute('data-row'))!;
  await page.reload();
  await expect(first).toHaveAttribute('data-row', onPageTwo);
  await page.goBack();
  await expect(page).toHaveURL(/licences\?status=active&q=example\.org$/);
  await expect(first).toHaveAttribute('data-row', onPageOne);
  await context.close();
});
