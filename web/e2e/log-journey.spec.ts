import { type Browser, expect, type Page, test } from 'playwright/test';
import { newLicense, unique } from './licenses.ts';
import { reportLines } from './logs.ts';
import { contextOf, home, type Member, sharedAdmin, sharedMember, visit, watchForTrouble } from './support.ts';

const CONSOLE_SECONDS = 10;
const MESSENGER_SECONDS = 30;
const STACK = [
  'Error: connect ECONNREFUSED',
  '    at baileys.connect (baileys.js:142:11)',
  '    at Bridge.startWhatsApp (bridge.js:234:5)',
].join('\n');

const pageOf = async (browser: Browser, member: Member, path: string): Promise<Page> => {
  const page = await (await contextOf(browser, member)).newPage();
  await visit(page, path);
  return page;
};
/** Which messengers heard of a rule. */
async function heardOf(rule: string): Promise<string[]> {
  const response = await fetch(`${home.messengersUrl}/api/messages`);
  const messages = (await response.json()) as { channel: string; text: string }[];
  return [...new Set(messages.filter(({ text }) => text.includes(rule)).map(({ channel }) => channel))].toSorted();
}

test('a client cannot connect: an alert on the console and the messengers, its trace, a ticket with the lines', async ({
  browser,
}) => {
  test.setTimeout(180_000);
  const admin = await sharedAdmin();
  const license = await newLicense(admin);
  const [rule, source] = [`Connexion ${unique()}`, `Baileys-${unique()}`];
  const { error } = await admin.client.rpc('save_log_rule', {
    rule: { name: rule, kind: 'new_group', query: `source:${source}`, channels: ['slack', 'telegram'] },
  });
  expect(error).toBeNull();
  const console = await pageOf(browser, admin, '/licences');
  await expect(console.getByText('En direct').first()).toBeVisible();
  const trouble = [watchForTrouble(console)];

  const sent = Date.now();
  const seconds = () => Math.round((Date.now() - sent) / 100) / 10;
  const message = 'WebSocket connection to WhatsApp failed: ECONNREFUSED';
  await reportLines(
    license,
    [
      { level: 'info', message: 'Session ouverte' },
      { level: 'error', message, stack: STACK, context: { attempt: 3 }, version: '1.4.2' },
    ],
    source,
  );
  await expect(console.getByText(rule).first()).toBeVisible({ timeout: CONSOLE_SECONDS * 1_000 });
  const onConsole = seconds();
  await expect
    .poll(() => heardOf(rule), { timeout: MESSENGER_SECONDS * 1_000, intervals: [200] })
    .toEqual(['slack', 'telegram']);
  const onMessengers = seconds();
  test.info().annotations.push({ type: 'seconds', description: `console ${onConsole}, messengers ${onMessengers}` });
  expect(onConsole).toBeLessThan(CONSOLE_SECONDS);
  expect(onMessengers).toBeLessThan(MESSENGER_SECONDS);

  // The group is new.
  const group = console.locator('[data-group]', { hasText: source });
  // Its lines are counted some seconds after they were heard.
  await expect(async () => {
    // Read anew: the page as it stands keeps what it has read.
    await console.goto(`${home.consoleUrl}/logs?view=groups&sort=first_seen_at`);
    await expect(group).toContainText('version 1.4.2', { timeout: 3_000 });
  }).toPass({ timeout: 60_000 });
  await expect(group).toContainText(message);
  await expect(group).toContainText('Ouvert');
  // It fired once, with its lines.
  await visit(console, '/logs/alertes');
  const row = console.locator('[data-rule]', { hasText: rule });
  await expect(row).toContainText('1 fois en 7 jours');

  // Support looks at the customer.
  const { data } = await admin.client.from('licenses').select('customer_id').eq('id', license.id).single();
  const customer = String((data as { customer_id: string }).customer_id);
  const page = await pageOf(browser, await sharedMember('support', 'marc'), `/clients/${customer}?tab=logs`);
  trouble.push(watchForTrouble(page));
  const lines = page.locator('[data-lines]').getByRole('button');
  await expect(lines).toHaveCount(2);
  await lines.filter({ hasText: message }).click();
  const detail = page.getByRole('dialog');
  await expect(detail.locator('[data-stack]')).toContainText('baileys.js:142');
  await expect(detail.getByRole('treeitem', { name: 'attempt' })).toContainText('3');
  await detail.getByRole('button', { name: 'Ouvrir un ticket' }).click();
  const dialog = page.getByRole('dialog', { name: 'Ouvrir un ticket' });
  await dialog.getByRole('button', { name: 'Ouvrir le ticket' }).click();
  await detail.getByRole('link', { name: /^#\d+ WebSocket connection to WhatsApp failed/ }).click();
  const said = page.getByRole('region', { name: 'Conversation' });
  await expect(said).toContainText(message);
  await expect(said).toContainText('baileys.js:142');
  await expect(said).toContainText('"attempt": 3');
  await expect(page.getByRole('complementary').getByRole('link', { name: new RegExp(message) })).toBeVisible();
  expect(trouble).toEqual([[], []]);
  for (const each of [console, page]) await each.context().close();
});
