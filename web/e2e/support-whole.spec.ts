import { expect, type Page, test } from 'playwright/test';
import postgres from 'postgres';
import { newLicense, unique } from './licenses.ts';
import { contextOf, home, sharedAdmin, visit, watchForTrouble, sharedMember } from './support.ts';
import { answerInMailbox, newTicket, writeFromProduct } from './tickets.ts';

const at = (number: number) => `/support?folder=all&ticket=${number}`;
const box = (page: Page) => page.getByRole('textbox', { name: 'Réponse au client' });
const said = (page: Page) => page.getByRole('region', { name: 'Conversation' });
const always = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, starts: '00:00', ends: '24:00' }));

test('a ticket from the product with a picture, to its end and back', async ({ browser }) => {
  test.setTimeout(240_000);
  const admin = await sharedAdmin();
  const [marc, lea] = [await sharedMember('support', 'marc'), await sharedMember('support', 'lea')];
  const sql = postgres(home.dbUrl, { max: 1, onnotice: () => undefined });
  const skill = `qr${unique()}`;
  await sql`update public.staff set skills = ${[skill]} where user_id = ${marc.userId}`;
  await sql`update public.staff_presence set capacity = 50 where user_id = ${marc.userId}`;
  const [policy] = await sql`select calendar_id from public.sla_policies where priority = 'medium'`;
  const [calendar] = await sql`insert into public.support_calendars (name, hours)
    values (${`Toujours ${skill}`}, ${sql.json(always)}) returning id`;
  await sql`update public.sla_policies set calendar_id = ${calendar!['id'] as string} where priority = 'medium'`;

  const [first, second] = [
    await (await contextOf(browser, marc)).newPage(),
    await (await contextOf(browser, lea)).newPage(),
  ];
  const trouble = [first, second].map(watchForTrouble);
  await visit(first, '/support');
  await first.getByRole('switch', { name: 'Disponible' }).click();
  await expect(first.getByRole('switch', { name: 'Disponible' })).toBeChecked();

  // The customer writes from the product, with a picture; whoever knows of it has it.
  const license = await newLicense(admin);
  const subject = `Code ${skill} refusé`;
  const number = await writeFromProduct(license, subject, 'WhatsApp ne se connecte plus.');
  for (const page of [first, second]) await visit(page, at(number));
  await expect(said(first)).toContainText('pour ses compétences');
  await expect(said(first).getByRole('button', { name: 'Agrandir capture.png' }).locator('img')).toHaveJSProperty(
    'naturalWidth',
    1,
    { timeout: 40_000 },
  );

  // Both see each other; one notes, the other answers; a stale answer is stopped and kept.
  for (const page of [first, second]) await expect(page.getByText(/regarde ce ticket/)).toBeVisible();
  await box(second).fill('Bonjour, je regarde aussi.');
  await second.getByRole('button', { name: 'Note interne' }).click();
  await second.getByRole('textbox', { name: 'Note interne' }).fill('Session expirée.');
  await second.getByRole('button', { name: 'Ajouter la note' }).click();
  await expect(said(first)).toContainText('Session expirée.');
  await box(first).fill('Bonjour, rescannez le code.');
  await first.getByRole('button', { name: 'Autres façons d’envoyer' }).click();
  await first.getByRole('menuitem', { name: 'Envoyer et résoudre' }).click();
  await expect(said(second)).toContainText('Bonjour, rescannez le code.');
  await second.getByRole('button', { name: 'Répondre' }).click();
  await second.getByRole('button', { name: 'Envoyer', exact: true }).click();
  await expect(second.getByRole('alert').filter({ hasText: 'Quelqu’un a écrit' })).toContainText('rescannez le code.');
  await expect(box(second)).toHaveValue('Bonjour, je regarde aussi.');

  // He answers by mail: it is open again.
  const mailbox = await browser.newPage();
  await mailbox.goto(home.mailboxUrl);
  const mail = new RegExp(`Re: ${subject}`);
  await expect(mailbox.getByRole('button', { name: mail })).toBeVisible({ timeout: 40_000 });
  await answerInMailbox(mailbox, mail, 'Cela recommence.', { how: 'As a mail program' });
  await mailbox.close();
  await expect(said(first)).toContainText('Cela recommence.');
  await expect(first.getByRole('button', { name: 'Ouvert', exact: true })).toBeVisible();

  // Days go by: the promise is broken, told, and the ticket is more urgent.
  await sql`update public.ticket_messages set created_at = created_at - interval '9 days'
    where ticket_id = (select id from public.support_tickets where number = ${number})`;
  await sql`update public.ticket_events set created_at = created_at - interval '9 days'
    where ticket_id = (select id from public.support_tickets where number = ${number})`;
  await sql`update public.support_tickets set created_at = created_at - interval '9 days',
    asked_at = asked_at - interval '9 days' where number = ${number}`;
  await sql`select private.count_ticket_deadlines(array[id]) from public.support_tickets where number = ${number}`;
  await sql`select private.watch_tickets()`;
  await expect(said(first)).toContainText('Un délai a été dépassé');
  await expect(first.getByRole('button', { name: 'Haute', exact: true })).toBeVisible();
  const [alert] = await sql`select count(*)::int as told from public.alerts
    where kind = 'ticket_breached' and data ->> 'number' = ${String(number)}`;
  expect(alert!['told']).toBeGreaterThan(0);

  // Its duplicate goes on in it.
  const { number: twin } = await newTicket(admin, { subject: `Encore ${skill}`, license });
  await visit(first, at(twin));
  await first.getByRole('button', { name: 'Autres actions' }).click();
  await first.getByRole('menuitem', { name: 'Fusionner' }).click();
  await first.getByRole('radio', { name: new RegExp(`#${number}`) }).check();
  await first.getByRole('dialog').getByRole('button', { name: 'Fusionner' }).click();
  await expect(first.getByText(`#${twin} continue dans #${number}`).first()).toBeVisible();
  expect(trouble).toEqual([[], []]);

  await sql`update public.sla_policies set calendar_id = ${policy!['calendar_id'] as string} where priority = 'medium'`;
  await sql`update public.staff_presence set is_available = false where user_id = ${marc.userId}`;
  await sql.end();
  for (const page of [first, second]) await page.context().close();
});
