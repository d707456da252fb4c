import { expect, type Page, test } from 'playwright/test';
import { contextOf, home, type Member, sharedAdmin, visit, watchForTrouble } from './support.ts';
import { answerInMailbox, newTicket } from './tickets.ts';

let admin: Member;
test.beforeAll(async () => {
  admin = await sharedAdmin();
});

const conversation = (page: Page) => page.getByRole('region', { name: 'Conversation' });

test('an answer leaves by mail; what is mailed back reopens its ticket, and a stranger waits to be accepted', async ({
  browser,
}) => {
  test.setTimeout(120_000);
  const subject = `Clé ${Date.now()}`;
  const { number, license } = await newTicket(admin, { subject });
  const page = await (await contextOf(browser, admin)).newPage();
  const trouble = watchForTrouble(page);
  await visit(page, `/support?folder=all&ticket=${number}`);
  await page.getByRole('textbox', { name: 'Réponse au client' }).fill('Rescannez le **QR Code**.');
  await page.getByRole('button', { name: 'Autres façons d’envoyer' }).click();
  await page.getByRole('menuitem', { name: 'Envoyer et résoudre' }).click();
  await expect(conversation(page)).toContainText('a changé l’état : Résolu');

  // It leaves ten seconds later, and is mailed.
  const mailbox = await browser.newPage();
  await mailbox.goto(home.mailboxUrl);
  const mail = new RegExp(`Re: ${subject}`);
  await expect(mailbox.getByRole('button', { name: mail })).toBeVisible({ timeout: 40_000 });

  await answerInMailbox(mailbox, mail, 'Je suis en congé.', { how: 'Out of office' });
  await expect(conversation(page)).toContainText('Réponse automatique');
  await expect(page.getByRole('button', { name: 'Résolu', exact: true })).toBeVisible();

  await answerInMailbox(mailbox, mail, 'Cela recommence <script>alert(1)</script>.', { how: 'As a mail program' });
  await expect(conversation(page)).toContainText('Cela recommence <script>alert(1)</script>.');
  await expect(page.getByRole('button', { name: 'Ouvert', exact: true })).toBeVisible();
  const quoted = conversation(page).getByText('Afficher le texte cité').last();
  await expect(conversation(page).getByText(/a écrit :/)).toBeHidden();
  await quoted.click();
  await expect(conversation(page).getByText(/a écrit :/)).toBeVisible();

  await answerInMailbox(mailbox, mail, 'Moi aussi.', { from: `paul-${number}@example.com` });
  const stranger = page.getByRole('article').filter({ hasText: 'Moi aussi.' });
  await expect(stranger).toContainText(`Expéditeur non vérifié paul-${number}@example.com`);
  await stranger.getByRole('button', { name: 'Accepter l’expéditeur' }).click();
  await expect(stranger).not.toContainText('non vérifié');
  await expect(conversation(page)).toContainText('a accepté un expéditeur');

  await answerInMailbox(mailbox, mail, 'The account does not exist.', { how: 'Not delivered' });
  await expect(conversation(page)).toContainText(`Non distribué à ${license.email} (5.1.1)`);
  expect(trouble).toEqual([]);
  await mailbox.close();
  await page.context().close();
});
