import { type BrowserContext, expect, type Page, test } from 'playwright/test';
import { contextOf, makeMember, type Member, sharedAdmin, visit, sharedMember } from './support.ts';
import { newTicket } from './tickets.ts';

let admin: Member;
let context: BrowserContext;
let page: Page;
test.beforeAll(async ({ browser }) => {
  admin = await sharedAdmin();
  context = await contextOf(browser, admin);
  page = await context.newPage();
});
test.afterAll(() => context.close());

const dialog = () => page.getByRole('dialog');
const save = (name = 'Enregistrer') => dialog().getByRole('button', { name, exact: true }).click();
const edit = async (name: string) => {
  await visit(page, '/support/settings');
  await page.getByRole('button', { name: `Modifier : ${name}`, exact: true }).click();
  await expect(dialog()).toBeVisible();
};
const unique = () => Math.random().toString(36).slice(2, 10);

/** A calendar of a test's own, and the promises for critical tickets by it. */
async function ownCalendar(hours: object[]): Promise<{ id: string; name: string }> {
  const name = `Atelier ${unique()}`;
  const { data, error } = await admin.client.rpc('save_support_calendar', {
    calendar_id: null as never,
    seen: null as never,
    name,
    time_zone: 'Europe/Paris',
    hours: hours as never,
    holiday_rule: 'none',
  });
  if (error) throw error;
  return { id: (data as { id: string }).id, name };
}
const always = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, starts: '00:00', ends: '24:00' }));

test('other hours move the deadline of an open ticket, and its badge', async () => {
  const calendar = await ownCalendar(always);
  const { number } = await newTicket(admin, { subject: `Horaires ${unique()}` });
  const read = async () => {
    const { data } = await admin.client
      .from('sla_policies')
      .select(
        'calendar_id,first_response_minutes,next_response_minutes,resolution_minutes,warn_minutes,raise_to,' +
          'is_reassigned,is_paused_while_waiting',
      )
      .eq('priority', 'critical')
      .single()
      .throwOnError();
    return data as unknown as { calendar_id: string };
  };
  const before = await read();
  const promiseBy = async (calendar_id: string) => {
    const seen = await read();
    await admin.client
      .rpc('save_sla_policy', { priority: 'critical', seen, ...seen, calendar_id } as never)
      .throwOnError();
  };
  try {
    await promiseBy(calendar.id);
    await admin.client
      .rpc('update_ticket', { ticket_number: number, changes: { priority: 'critical' } })
      .throwOnError();
    const badge = page.locator(`[data-ticket="${number}"]`).getByTitle(/^Échéance/);
    const desk = `/support?folder=all&q=%23${number}`;
    await visit(page, desk);
    const early = await badge.getAttribute('title');
    expect(early).toBeTruthy();

    // One minute a week: the promised hour takes more than a year.
    await edit(calendar.name);
    const periods = dialog().getByRole('button', { name: /^Retirer la plage/ });
    for (let left = await periods.count(); left > 1; left -= 1) await periods.last().click();
    await expect(periods).toHaveCount(1);
    await dialog()
      .getByRole('textbox', { name: /^lundi, début/ })
      .fill('10:00');
    await dialog()
      .getByRole('textbox', { name: /^lundi, fin/ })
      .fill('09:00');
    await expect(dialog().getByText('La fin vient après le début.')).toBeVisible();
    await expect(dialog().getByRole('button', { name: 'Enregistrer' })).toBeDisabled();
    await dialog()
      .getByRole('textbox', { name: /^lundi, fin/ })
      .fill('10:01');
    await save();
    await expect(page.getByText('L’échéance de 1 ticket ouvert a bougé').first()).toBeVisible();
    await visit(page, desk);
    await expect(badge).not.toHaveAttribute('title', early!);

    // What a colleague changed meanwhile is named, and saved over knowingly only.
    await edit(calendar.name);
    const { data: seen } = await admin.client
      .from('support_calendars')
      .select('name,time_zone,hours,holiday_rule')
      .eq('id', calendar.id)
      .single()
      .throwOnError();
    await admin.client
      .rpc('save_support_calendar', {
        calendar_id: calendar.id,
        seen,
        ...(seen as object),
        time_zone: 'Indian/Reunion',
      } as never)
      .throwOnError();
    const name = `${calendar.name} bis`;
    await dialog().getByRole('textbox', { name: 'Nom' }).fill(name);
    await save();
    await expect(dialog().getByRole('status').filter({ hasText: 'Fuseau horaire' })).toBeVisible();
    await expect(dialog().getByRole('textbox', { name: 'Nom' })).toHaveValue(name);
    await save();
    await expect(page.getByRole('heading', { name, exact: true })).toBeVisible();
  } finally {
    await promiseBy(before.calendar_id);
  }
  // What nothing is promised by any more may go.
  await visit(page, '/support/settings');
  await page.getByRole('button', { name: `Supprimer : ${calendar.name} bis`, exact: true }).click();
  await save('Supprimer');
  await expect(page.getByRole('heading', { name: `${calendar.name} bis`, exact: true })).toHaveCount(0);
  await page.getByRole('button', { name: 'Supprimer : Bureau', exact: true }).click();
  await expect(dialog().getByText(/Utilisé par les délais promis\s:\s.*Critique/)).toBeVisible();
  await expect(dialog().getByRole('button', { name: 'Supprimer', exact: true })).toHaveCount(0);
});

test('a closed day is added and taken back; skills and capacity of a person are changed', async () => {
  const calendar = await ownCalendar(always);
  // From elsewhere: settings are read when their page is opened.
  await visit(page, '/support/report');
  await visit(page, '/support/settings');
  await page.getByRole('button', { name: `Jours fériés : ${calendar.name}` }).click();
  await expect(dialog().getByText('Aucun jour férié cette année-là')).toBeVisible();
  const year =
    Number(
      await dialog()
        .getByRole('heading', { name: /^\d{4}$/ })
        .textContent(),
    ) + 1;
  await dialog().getByLabel('Jour', { exact: true }).fill(`${year}-05-15`);
  await dialog().getByLabel('Nom (facultatif)').fill('Pont de mai');
  await save('Ajouter la fermeture');
  await dialog().getByRole('button', { name: 'Retirer : Pont de mai' }).click();
  await expect(dialog().getByText('Aucun jour férié cette année-là')).toBeVisible();
  await page.keyboard.press('Escape');

  await makeMember('support');
  await page.reload();
  await page.getByRole('button', { name: 'Modifier : Test support' }).last().click();
  await dialog().getByRole('textbox', { name: 'Compétences' }).fill('QR Code');
  await dialog().getByRole('textbox', { name: 'Compétences' }).press('Enter');
  await dialog().getByLabel('Capacité').fill('0');
  await save();
  await expect(page.getByText('ne reçoit rien').first()).toBeVisible();
});

test('a figure of the report opens as many tickets as it counts', async () => {
  const tag = `rapport-${unique()}`;
  for (const subject of ['Un', 'Deux']) {
    const { number } = await newTicket(admin, { subject: `${subject} ${tag}` });
    await admin.client.rpc('update_ticket', { ticket_number: number, changes: { tags: [tag] } }).throwOnError();
  }
  await visit(page, '/support/report?by=tag');
  await expect(page.getByText('Période en cours : chiffres partiels')).toBeVisible();
  const row = page.getByRole('row').filter({ hasText: tag });
  await expect(row.getByText('—')).toHaveCount(4);
  await row.getByRole('link', { name: 'Tickets : 2, voir les 2 tickets' }).click();
  await expect(page).toHaveURL(new RegExp(`/support\\?.*tag=${tag}`));
  await expect(page.locator('[data-ticket]')).toHaveCount(2);
  await page.getByRole('button', { name: `Retirer le filtre : Étiquette : ${tag}` }).click();
  await expect(page).not.toHaveURL(/tag=/);
});

for (const role of ['support', 'viewer'] as const)
  test(`${role} reads the report and configures nothing`, async ({ browser }) => {
    const theirs = await contextOf(browser, await sharedMember(role));
    const own = await theirs.newPage();
    await visit(own, '/support');
    await expect(own.getByRole('link', { name: 'Rapport du support' })).toBeVisible();
    await expect(own.getByRole('link', { name: 'Réglages du support' })).toHaveCount(0);
    await visit(own, '/support/settings');
    await expect(own.getByText('Accès refusé')).toBeVisible();
    await theirs.close();
  });
