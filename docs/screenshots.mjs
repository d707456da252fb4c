// Takes the pictures of the README and of the guide from a home of its own: npm run screenshots
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret, TOTP } from 'otpauth';
import { chromium } from 'playwright';
import postgres from 'postgres';
import { findChromium } from '@whatautosys/local/bin/chromium';
import { root } from '@whatautosys/local/bin/install';

const dataDir = mkdtempSync(join(tmpdir(), 'whatautosys-shots-'));
const env = { ...process.env, WA_DATA_DIR: dataDir, WA_PORT_BASE: process.env.WA_PORT_BASE ?? '21700' };
const home = spawn(process.execPath, [join(root, 'supabase/local/bin/start.mjs')], {
  env,
  stdio: ['ignore', 'pipe', 'inherit'],
});
await new Promise((resolve, reject) => {
  home.stdout.on('data', (chunk) => /Ready in/.test(String(chunk)) && resolve());
  home.once('exit', () => reject(new Error('The home did not start')));
});
const status = JSON.parse(await output('status.mjs', ['--json']));
const browser = await chromium.launch({
  executablePath: findChromium(),
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run', '--disable-sync'],
});
try {
  const laura = status.staff.find(({ role }) => role === 'admin');
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    locale: 'fr-FR',
    timezoneId: 'Europe/Paris',
  });
  const page = await context.newPage();
  await page.goto(status.console_url);
  await page.getByLabel('Adresse e-mail').fill(laura.email);
  await page.getByLabel('Mot de passe', { exact: true }).fill(laura.password);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Second facteur' }).waitFor();
  await shot(page, 'sign-in-code');
  await page.keyboard.type(TOTP.generate({ secret: Secret.fromBase32(laura.totp_secret) }));
  await page.locator('.apexcharts-series path').first().waitFor();
  await shot(page, 'dashboard');
  await page.goto(`${status.console_url}/analyses`);
  await page.locator('.apexcharts-series path').first().waitFor();
  await shot(page, 'guide-analytics');
  await page.goto(`${status.console_url}/a-risque`);
  await page.locator('[data-risk]').first().waitFor();
  await shot(page, 'guide-risks');
  await page.goto(`${status.console_url}/licences`);
  await page.getByRole('row').nth(5).waitFor();
  await shot(page, 'licences');
  await page.getByRole('row').nth(3).click();
  await page.getByRole('tab', { name: 'Activité' }).waitFor();
  await shot(page, 'licence');
  await answers(page);
  await page.goto(`${status.console_url}/abonnements`);
  await page.getByRole('row').nth(5).waitFor();
  await shot(page, 'subscriptions');
  await page.goto(`${status.console_url}/abonnements?attention=failed`);
  await page.getByRole('row').nth(1).waitFor();
  await shot(page, 'guide-refused-card');
  await page.goto(`${status.console_url}/paiements`);
  await page.locator('.apexcharts-series path').first().waitFor();
  await shot(page, 'payments');
  await page.goto(`${status.console_url}/imports`);
  await page.getByRole('heading').first().waitFor();
  await shot(page, 'import');
  await support(page);
  await logs(page);
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.goto(`${status.console_url}/audit`);
  await page.getByRole('row').nth(2).waitFor();
  await shot(page, 'audit-dark');
  await page.setViewportSize({ width: 390, height: 844 });
  await page.emulateMedia({ colorScheme: 'light' });
  await page.goto(`${status.console_url}/licences`);
  await page.getByText('Active').first().waitFor();
  await shot(page, 'licences-390');
} finally {
  await browser.close();
  const ended = new Promise((resolve) => home.once('exit', resolve));
  home.kill('SIGTERM');
  await ended;
  rmSync(dataDir, { recursive: true, force: true });
}

/** What the guide's answers show, on a licence of their own that another machine asks for. */
async function answers(page) {
  await page.goto(`${status.console_url}/licences?new=1`);
  await page.getByLabel('E-mail du client').fill('claire.martin@exemple.fr');
  await page.getByLabel('Identifiant matériel (HWID)').fill('BE2F-46CF-0000-7A10');
  await page.getByRole('button', { name: 'Créer et envoyer par e-mail' }).click();
  const key = (
    await page
      .getByText(/^([2-9A-HJKMNP-Z]{5}-){4}[2-9A-HJKMNP-Z]{5}$/)
      .first()
      .textContent()
  ).trim();
  for (const hwid of ['BE2F-46CF-0000-7A10', '9C41-77D0-12E4-AB90'])
    await fetch(`${status.api_url}/functions/v1/license-check`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ license_key: key, hwid, client_version: '4.2.0', os: 'Windows 11' }),
    });
  await page.getByRole('link', { name: 'Voir la licence' }).click();
  await page.getByRole('tab', { name: 'Dernières vérifications' }).click();
  await page.getByText('Autre machine').waitFor();
  await shot(page, 'guide-checks');
  await page.getByRole('tab', { name: 'E-mails' }).click();
  await page.getByText('Nouvelle licence et sa clé').waitFor();
  await shot(page, 'guide-emails');
  await page.getByRole('button', { name: /^Actions pour/ }).click();
  await page.getByRole('menuitem', { name: 'Prolonger' }).click();
  await page.getByRole('dialog').waitFor();
  await shot(page, 'guide-extend');
  await page.keyboard.press('Escape');
}

/** The desk, an answer stopped because the customer wrote meanwhile, templates, report and settings. */
async function support(page) {
  await page.goto(`${status.console_url}/support`);
  await page.locator('[data-ticket] button[aria-current], [data-ticket] button').first().waitFor();
  await page.keyboard.press('j');
  const box = page.getByRole('textbox', { name: 'Réponse au client' });
  await box.waitFor();
  await page.getByRole('complementary').last().waitFor();
  await shot(page, 'guide-support');
  await box.fill('Bonjour, je regarde votre connexion.');
  await page.getByText('Brouillon enregistré').waitFor();
  const number = Number(new URL(page.url()).searchParams.get('ticket'));
  await customerWrites(number, 'Toujours rien de mon côté, avez-vous une idée ?');
  await page.getByText('Toujours rien de mon côté').first().waitFor();
  await page.getByRole('button', { name: 'Envoyer', exact: true }).click();
  await page.getByText('Quelqu’un a écrit depuis que vous avez commencé').waitFor();
  await shot(page, 'guide-support-stale');
  await page.getByRole('button', { name: 'Garder le brouillon' }).click();
  await page.getByRole('button', { name: 'Gérer les modèles' }).click();
  await page.getByRole('dialog').getByRole('listitem').first().waitFor();
  await shot(page, 'guide-support-templates');
  await page.keyboard.press('Escape');
  await page.goto(`${status.console_url}/support/report?from=2026-01-01`);
  await page.locator('.apexcharts-series path').first().waitFor();
  await shot(page, 'guide-support-report');
  await page.goto(`${status.console_url}/support/settings`);
  await page.getByRole('heading', { name: 'Délais promis' }).waitFor();
  await shot(page, 'guide-support-settings');
}

/** The explorer, a line, patterns, groups with one of them, and an alert that is tried before it is saved. */
async function logs(page) {
  await page.goto(`${status.console_url}/logs?range=7d`);
  await page.locator('[data-lines] button').first().waitFor();
  await page.locator('.apexcharts-series path').first().waitFor();
  await shot(page, 'guide-logs');
  await page.goto(`${status.console_url}/logs?range=7d&show=patterns`);
  await page.locator('[data-pattern]').first().waitFor();
  await shot(page, 'guide-logs-patterns');
  await page.goto(`${status.console_url}/logs?range=7d&q=${encodeURIComponent('level:error "WebSocket connection"')}`);
  await page.locator('[data-lines] button').first().click();
  await page.getByText('Juste avant et après').waitFor();
  await shot(page, 'guide-logs-line');
  await page.goto(`${status.console_url}/logs?view=groups`);
  await page.locator('[data-group] button', { hasText: 'thumbnail' }).click();
  await page.getByText('Première fois').waitFor();
  await shot(page, 'guide-logs-groups');
  await page.goto(`${status.console_url}/logs/alertes?new=${encodeURIComponent('level:error source:baileys')}`);
  await page.getByText('lignes dans cette recherche').waitFor();
  await page.getByRole('dialog').getByLabel('Nom').fill('WhatsApp ne répond plus');
  await page.getByRole('dialog').getByRole('spinbutton').first().fill('5');
  await page.getByRole('dialog').getByRole('spinbutton').first().press('Tab');
  await page.getByText(/Elle se serait déclenchée/).waitFor();
  await page.locator('[data-preview] p').last().scrollIntoViewIfNeeded();
  await shot(page, 'guide-logs-rule');
  await page.keyboard.press('Escape');
}

/** What the customer says next, as the product or his mail would bring it. */
async function customerWrites(number, body) {
  const sql = postgres(status.db_url, { max: 1, onnotice: () => undefined });
  const message = { kind: 'message', author_kind: 'customer', channel: 'client', body };
  await sql`select private.add_ticket_message(support_tickets,
      jsonb_populate_record(null::public.ticket_messages, ${sql.json(message)}))
    from public.support_tickets where number = ${number}`;
  await sql.end();
}

async function shot(page, name) {
  await page.evaluate(() => document.fonts.ready);
  await page.waitForLoadState('networkidle');
  // Neither grey bars in place of what is still read, nor a dot that says “connecting”.
  await page.waitForFunction(() => !document.querySelector('.animate-pulse'));
  if (name !== 'sign-in-code' && page.viewportSize().width > 1000) await page.getByText('En direct').first().waitFor();
  await page.screenshot({ path: join(root, 'docs', 'images', `${name}.png`), animations: 'disabled' });
  console.log(`docs/images/${name}.png`);
}

function output(script, args) {
  return new Promise((resolve) => {
    let text = '';
    const child = spawn(process.execPath, [join(root, 'supabase/local/bin', script), ...args], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child.stdout.on('data', (chunk) => (text += chunk));
    child.once('exit', () => resolve(text));
  });
}
