import { expect, test } from 'playwright/test';
import {
  contextOf,
  home,
  linkIn,
  mailTo,
  makeMember,
  password,
  signIn,
  totp,
  typeCode,
  watchForTrouble,
} from './support.ts';

test('no page and no data without the second factor', async ({ page }) => {
  const member = await makeMember('admin');
  const trouble = watchForTrouble(page);
  const rest: string[] = [];
  page.on(
    'request',
    (request) =>
      request.url().includes('/rest/v1/') && !request.url().includes('current_staff') && rest.push(request.url()),
  );

  await page.goto(`${home.consoleUrl}/licences?q=test`);
  await expect(page).toHaveURL(/\/login\?next=/);
  await page.getByLabel('Adresse e-mail').fill(member.email);
  await page.getByLabel('Mot de passe', { exact: true }).fill('wrong password');
  await page.getByRole('button', { name: 'Se connecter' }).click();
  await expect(page.getByText('E-mail ou mot de passe incorrect.')).toBeVisible();
  await expect(page.getByLabel('Adresse e-mail')).toHaveValue(member.email);

  await page.getByLabel('Mot de passe', { exact: true }).fill(password);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Second facteur' })).toBeVisible();
  await page.goto(`${home.consoleUrl}/licences`);
  await expect(page.getByRole('heading', { name: 'Second facteur' })).toBeVisible();
  expect(rest).toEqual([]);

  await typeCode(page, '000000');
  await expect(
    page.getByText('Code incorrect. Attendez le suivant ou vérifiez l’heure de votre téléphone.'),
  ).toBeVisible();
  await typeCode(page, totp(member.secret, 1));
  await expect(page.getByRole('heading', { name: 'Licences', level: 1 })).toBeVisible();
  expect(trouble).toEqual([]);
});

test('signing out elsewhere brings the sign-in page back, then the same page again', async ({ browser }) => {
  const member = await makeMember('viewer');
  const context = await contextOf(browser, member);
  const page = await context.newPage();
  await page.goto(`${home.consoleUrl}/licences?status=revoked`);
  await expect(page.getByRole('row').nth(1)).toBeVisible();
  await member.client.auth.signOut({ scope: 'global' });
  await page.reload();
  await expect(page).toHaveURL(/\/login/);
  await page.getByLabel('Adresse e-mail').fill(member.email);
  await page.getByLabel('Mot de passe', { exact: true }).fill(password);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Second facteur' })).toBeVisible();
  await typeCode(page, totp(member.secret, 1));
  await expect(page).toHaveURL(/\/licences\?status=revoked/);
  await context.close();
});

test('a forgotten password is replaced only after the code', async ({ page }) => {
  const member = await makeMember('support');
  await page.goto(`${home.consoleUrl}/login`);
  await page.getByRole('link', { name: 'Mot de passe oublié ?' }).click();
  await expect(page.getByRole('heading', { name: 'Mot de passe oublié' })).toBeVisible();
  await page.getByLabel('Adresse e-mail').fill(member.email);
  await page.getByRole('button', { name: 'Envoyer le lien' }).click();
  await expect(page.getByText('Consultez votre messagerie')).toBeVisible();
  const mail = await mailTo(member.email, /./);
  const link = linkIn(mail);
  // Whatever opens links before people do: the page alone uses nothing up.
  expect((await fetch(link)).status).toBe(200);
  await page.goto(link);
  await page.goto(link);
  await page.getByRole('button', { name: 'Continuer' }).click();
  await expect(page.getByText('Confirmez d’abord que c’est bien vous')).toBeVisible();
  await typeCode(page, totp(member.secret, 1));
  await page.getByLabel('Nouveau mot de passe').fill('Another-horse-7-battery');
  await page.getByLabel('Confirmez le mot de passe').fill('Another-horse-7-battery');
  await page.getByRole('button', { name: 'Enregistrer le mot de passe' }).click();
  await expect(page.getByRole('heading', { name: 'Tableau de bord', level: 1 })).toBeVisible();
  await page.goto(link);
  await expect(page.getByText(`Une session de ${member.email} est ouverte ici`)).toBeVisible();
  await page.getByRole('button', { name: 'Continuer' }).click();
  await expect(page.getByRole('heading', { name: 'Ce lien n’est plus valide' })).toBeVisible();
  await page.getByRole('link', { name: 'Demander un autre lien' }).click();
  await expect(page.getByRole('heading', { name: 'Mot de passe oublié' })).toBeVisible();
});

test('somebody switched off is told so and sees nothing more', async ({ browser }) => {
  const [boss, member] = [await makeMember('admin'), await makeMember('support')];
  const context = await contextOf(browser, member);
  const page = await context.newPage();
  await page.goto(`${home.consoleUrl}/licences`);
  await expect(page.getByRole('row').nth(1)).toBeVisible();
  const { error } = await boss.client.functions.invoke('staff-admin', {
    body: { action: 'deactivate', user_id: member.userId },
  });
  expect(error).toBeNull();
  await expect(page.getByText('Ce compte n’a plus accès à la console')).toBeVisible();
  await expect(page).toHaveURL(/\/login/);
  await context.close();
});

test('the sign-in by its keyboard alone', async ({ page }) => {
  const member = await makeMember('viewer');
  await signIn(page, member.email, totp(member.secret, 1));
  await expect(page.getByRole('heading', { name: 'Tableau de bord', level: 1 })).toBeVisible();
  await page.keyboard.press('Control+k');
  await page.keyboard.type('licences');
  await expect(page.getByRole('dialog').getByRole('option').first()).toBeVisible();
});
