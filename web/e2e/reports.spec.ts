import { type BrowserContext, expect, type Page, test } from 'playwright/test';
import { minorDigits } from '../../supabase/contracts/constants/currencies.ts';
import { unique } from './licenses.ts';
import { contextOf, home, makeMember, type Member, sharedAdmin, visit } from './support.ts';

interface Mail {
  subject: string;
  attachments: { filename: string; type: string; url: string }[];
}

let admin: Member;
let viewer: Member;
let context: BrowserContext;
let page: Page;
test.beforeAll(async ({ browser }) => {
  [admin, viewer] = await Promise.all([sharedAdmin(), makeMember('viewer')]);
  context = await contextOf(browser, admin);
  page = await context.newPage();
});
test.afterAll(() => context.close());

const mailbox = async <T>(path: string) => (await (await fetch(home.mailboxUrl + path)).json()) as T;
const mailsTo = (email: string) => mailbox<{ id: string }[]>(`/api/messages?to=${encodeURIComponent(email)}`);
async function fileOf(mail: Mail, type: string): Promise<Buffer> {
  const file = mail.attachments.find((each) => each.type.startsWith(type));
  return Buffer.from(await (await fetch(home.mailboxUrl + file!.url)).arrayBuffer());
}

test('an administrator sends a scheduled report: the viewer has the dashboard’s MRR as PDF and CSV', async () => {
  const name = `Lundi ${unique()}`;
  await visit(page, '/rapports');
  await page.getByRole('button', { name: 'Nouveau rapport' }).click();
  const dialog = page.getByRole('dialog', { name: 'Nouveau rapport' });
  await dialog.getByLabel('Nom').fill(name);
  const { data: row } = await admin.client.from('staff').select('display_name').eq('user_id', viewer.userId).single();
  const { data: known } = await admin.client.rpc('list_report_schedules');
  const place = (known as { candidates: { staff_id: string }[] }).candidates.findIndex(
    ({ staff_id }) => staff_id === viewer.userId,
  );
  // Names of the test's members are alike: the boxes stand in the order of the answer.
  const recipients = dialog.getByRole('group', { name: 'Destinataires' });
  await expect(recipients).toContainText((row as { display_name: string }).display_name);
  await recipients.getByRole('checkbox').nth(place).check();
  await dialog.getByRole('button', { name: 'Enregistrer' }).click();
  await expect(dialog).toBeHidden();

  const report = page.locator('[data-report]', { hasText: name });
  await expect(report).toContainText('chaque lundi à 09:00 (Europe/Paris)');
  await expect(report).toContainText('Prochains envois :');

  await report.getByRole('button', { name: `Aperçu de « ${name} »` }).click();
  const preview = page.getByRole('dialog', { name: 'Aperçu' });
  await expect(preview.getByRole('heading', { name: 'Chiffres' })).toBeVisible();
  const shown = (await preview.getByRole('definition').first().textContent())!.trim();
  await page.keyboard.press('Escape');

  await report.getByRole('button', { name: `Envoyer « ${name} » maintenant` }).click();
  const run = page.locator('[data-run]', { hasText: name });
  await expect(run.getByText('Envoyé', { exact: true })).toBeVisible({ timeout: 40_000 });

  await expect.poll(async () => (await mailsTo(viewer.email)).length, { timeout: 40_000 }).toBe(1);
  const [listed] = await mailsTo(viewer.email);
  const mail = await mailbox<Mail>(`/api/messages/${listed!.id}`);
  expect(mail.subject).toContain(name);
  expect(mail.attachments.map(({ type }) => type.split(';')[0]).sort()).toEqual(['application/pdf', 'text/csv']);
  const [csv, pdf] = [await fileOf(mail, 'text/csv'), await fileOf(mail, 'application/pdf')];
  expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
  expect(pdf.length).toBeLessThan(200_000);

  // The same days on the dashboard: the same cents.
  const { data: runs } = await admin.client.rpc('list_report_runs', { page_size: 1 });
  const [sent] = (runs as { rows: { from_day: string; to_day: string }[] }).rows;
  const { data: dashboard } = await viewer.client.rpc('get_dashboard', {
    from_day: sent!.from_day,
    to_day: sent!.to_day,
  });
  const cents = (dashboard as { mrr_cents: number }).mrr_cents;
  expect(cents).toBeGreaterThan(0);
  const digits = minorDigits('EUR');
  const written = (cents / 10 ** digits).toFixed(digits).replace('.', ',');
  expect(csv.toString('utf8')).toContain(`\r\nMRR;${written};`);
  expect(shown.replaceAll(/[^\d,-]/g, '')).toBe(written);
});

test('a viewer reads what was sent and changes nothing', async ({ browser }) => {
  const other = await contextOf(browser, viewer);
  const theirs = await other.newPage();
  await visit(theirs, '/rapports');
  await expect(theirs.getByRole('heading', { name: 'Historique' })).toBeVisible();
  await expect(theirs.getByRole('button', { name: 'Nouveau rapport' })).toBeHidden();
  await expect(theirs.getByRole('button', { name: /^Envoyer/ })).toBeHidden();
  const [download] = await Promise.all([
    theirs.waitForEvent('download'),
    theirs
      .getByRole('button', { name: /^Télécharger .*\.csv/ })
      .first()
      .click(),
  ]);
  expect(download.suggestedFilename()).toMatch(/^lundi-.*-europe-paris\.csv$/);
  await other.close();
});
