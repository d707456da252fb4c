import { expect, type Page, test } from 'playwright/test';
import { contextOf, type Member, sharedAdmin, visit, watchForTrouble, sharedMember } from './support.ts';
import { newTicket, writeAsCustomer } from './tickets.ts';

let admin: Member;
test.beforeAll(async () => {
  admin = await sharedAdmin();
});

const at = (number: number) => `/support?folder=all&ticket=${number}`;
const box = (page: Page) => page.getByRole('textbox', { name: 'Réponse au client' });
const said = (page: Page) => page.getByRole('region', { name: 'Conversation' });
const send = (page: Page) => page.getByRole('button', { name: 'Envoyer', exact: true });

test('two people in one ticket: seen, noted, stopped, sent anyway, resolved and merged', async ({ browser }) => {
  test.setTimeout(180_000);
  const [marc, lea] = [await sharedMember('support', 'marc'), await sharedMember('support', 'lea')];
  const { number, license } = await newTicket(admin);
  const { number: twin } = await newTicket(admin, { subject: 'Toujours le QR Code', license });
  const pages: Page[] = [];
  for (const member of [marc, lea]) {
    const page = await (await contextOf(browser, member)).newPage();
    await visit(page, at(number));
    await expect(said(page)).toContainText('Impossible de connecter WhatsApp.');
    pages.push(page);
  }
  const [first, second] = pages as [Page, Page];
  const trouble = pages.map(watchForTrouble);

  // They see each other, and who is writing.
  for (const page of pages) await expect(page.getByText(/regarde ce ticket/)).toBeVisible();
  await box(first).fill('Bonjour, rescannez le QR Code.');
  await expect(second.getByText(/écrit…/)).toBeVisible();
  await expect(first.getByText('Brouillon enregistré')).toBeVisible();

  // A note blocks nothing; an answer of somebody else stops this one, whose draft is kept.
  await second.keyboard.press('n');
  await second.getByRole('textbox', { name: 'Note interne' }).fill('Session Baileys expirée.');
  await second.getByRole('button', { name: 'Ajouter la note' }).click();
  await expect(said(first)).toContainText('Session Baileys expirée.');
  await second.getByRole('button', { name: 'Répondre' }).click();
  await box(second).fill('Bonjour, je regarde.');
  await send(second).click();
  await expect(second.getByText(`Réponse à #${number} envoyée`).first()).toBeVisible();
  await expect(said(first)).toContainText('Bonjour, je regarde.');
  await send(first).click();
  const stale = first.getByRole('alert').filter({ hasText: 'Quelqu’un a écrit depuis que vous avez commencé' });
  await expect(stale).toContainText('Bonjour, je regarde.');
  await expect(box(first)).toHaveValue('Bonjour, rescannez le QR Code.');
  await first.reload();
  await expect(box(first)).toHaveValue('Bonjour, rescannez le QR Code.');

  // Having read it, he sends, takes it back within ten seconds, and sends once more.
  await box(first).press('End');
  await box(first).pressSequentially(' Merci.');
  await send(first).click();
  await first.getByRole('button', { name: 'Annuler l’envoi' }).click();
  await expect(box(first)).toHaveValue('Bonjour, rescannez le QR Code. Merci.');
  await expect(said(second)).toContainText('Réponse reprise avant son envoi');
  await first.getByRole('button', { name: 'Autres façons d’envoyer' }).click();
  await first.getByRole('menuitem', { name: 'Envoyer et résoudre' }).click();
  await expect(first.getByText('a changé l’état : Résolu', { exact: false }).first()).toBeVisible();

  // The customer writes again: it is open, in both browsers.
  await writeAsCustomer(number, 'Cela recommence.');
  await expect(said(second)).toContainText('Cela recommence.');
  await expect(second.getByRole('button', { name: 'Ouvert', exact: true })).toBeVisible();

  // The duplicate goes on here, its draft with it.
  await visit(second, at(twin));
  await box(second).fill('Brouillon du doublon');
  await expect(second.getByText('Brouillon enregistré')).toBeVisible();
  await second.getByRole('button', { name: 'Autres actions' }).click();
  await second.getByRole('menuitem', { name: 'Fusionner' }).click();
  await second.getByRole('radio', { name: new RegExp(`#${number}`) }).check();
  await second.getByRole('dialog').getByRole('button', { name: 'Fusionner' }).click();
  await expect(second.getByText(`#${twin} continue dans #${number}`).first()).toBeVisible();
  await expect(box(second)).toHaveValue('Brouillon du doublon');
  await visit(first, at(twin));
  await expect(first.getByText(`Continue dans #${number}`)).toBeVisible();
  expect(trouble).toEqual([[], []]);
  for (const page of pages) await page.context().close();
});

test('what is hostile is text, in message, note, subject, template and name', async ({ browser }) => {
  const hostile =
    '<script>window.hit=1</script><img src=x onerror="window.hit=1"> [x](javascript:window.hit=1) {{customer.email}}';
  const { number } = await newTicket(admin, { subject: '<img src=x onerror="window.hit=1">', body: hostile });
  const context = await contextOf(browser, await sharedMember('support', 'marc'));
  const page = await context.newPage();
  await visit(page, at(number));
  await page.getByRole('button', { name: 'Note interne' }).click();
  await page.getByRole('textbox', { name: 'Note interne' }).fill(hostile);
  await page.getByRole('button', { name: 'Aperçu' }).click();
  await expect(page.getByText('<script>window.hit=1</script>').last()).toBeVisible();
  await page.getByRole('button', { name: 'Ajouter la note' }).click();
  await expect(page.getByRole('article', { name: /^Note de/ })).toContainText('<script>window.hit=1</script>');
  await expect(page.getByRole('heading', { name: '<img src=x onerror="window.hit=1">' })).toBeVisible();
  expect(await page.locator('main img, article script, article a[href^="javascript"]').count()).toBe(0);
  expect(await page.evaluate(() => (window as { hit?: number }).hit)).toBeUndefined();
  await context.close();
});

test('templates are inserted by a slash and filled; drafts stay in their ticket and mode', async ({ browser }) => {
  const [one, other] = [await newTicket(admin), await newTicket(admin)];
  const context = await contextOf(browser, await sharedMember('support', 'marc'));
  const page = await context.newPage();
  await visit(page, at(one.number));
  await box(page).fill('Merci. ');
  await box(page).pressSequentially('/licence exp');
  await expect(page.getByRole('option', { name: /Licence expirée/ })).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(box(page)).toHaveValue(/^Merci\. Bonjour .*Premium.*\d{2}\/\d{2}\/\d{4}/s);
  await page.getByRole('button', { name: 'Note interne' }).click();
  await expect(page.getByRole('textbox', { name: 'Note interne' })).toHaveValue('');
  await visit(page, at(other.number));
  await expect(page.getByRole('heading', { name: `#${other.number}` })).toBeVisible();
  await expect(box(page)).toHaveValue('');
  await visit(page, at(one.number));
  await expect(box(page)).toHaveValue(/^Merci\. Bonjour/);
  await context.close();
});

test('a viewer reads and has nothing to write with; on a phone the panes are steps', async ({ browser }) => {
  const { number } = await newTicket(admin, { subject: 'Lecture seule' });
  const context = await contextOf(browser, await sharedMember('viewer'), { viewport: { width: 390, height: 844 } });
  const page = await context.newPage();
  await visit(page, `/support?folder=all&q=%23${number}`);
  await page.getByRole('button', { name: /Lecture seule/ }).click();
  await expect(said(page)).toContainText('Impossible de connecter WhatsApp.');
  await expect(page.getByRole('textbox')).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Autres actions' })).toHaveCount(0);
  await page.getByRole('button', { name: 'Retour à la liste' }).click();
  await expect(page.getByRole('button', { name: /Lecture seule/ })).toBeVisible();
  await context.close();
});

test('by the keyboard: down, note, resolve and next', async ({ browser }) => {
  const subject = `Clavier ${Math.random().toString(36).slice(2)}`;
  const [older, newer] = [await newTicket(admin, { subject }), await newTicket(admin, { subject })];
  const context = await contextOf(browser, await sharedMember('support', 'marc'));
  const page = await context.newPage();
  await visit(page, `/support?folder=all&q=${encodeURIComponent(subject)}&sort=number`);
  await expect(page.locator('[data-ticket]')).toHaveCount(2);
  await page.keyboard.press('j');
  await expect(page).toHaveURL(new RegExp(`ticket=${newer.number}`));
  await expect(said(page)).toBeVisible();
  await page.keyboard.press('e');
  await expect(page.getByText(`#${newer.number} résolu`).first()).toBeVisible();
  await expect(page).toHaveURL(new RegExp(`ticket=${older.number}`));
  await context.close();
});
