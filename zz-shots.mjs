import { readFileSync } from 'node:fs';
import { Secret, TOTP } from 'otpauth';
import { chromium } from 'playwright';
import postgres from 'postgres';
const st = JSON.parse(readFileSync('/tmp/figures-status.json', 'utf8'));
const sql = postgres(st.db_url);
const one = async (q) => Object.values((await sql.unsafe(q))[0])[0];
const fraud = await one("select id from public.payments where fraud_type is not null order by payment_date desc limit 1");
const credit = await one("select subscription_id from public.invoices join public.credit_notes on invoice_id = invoices.id limit 1");
const paused = await one("select id from public.subscriptions where pause_behavior='void' limit 1");
const usage = await one("select id from public.subscriptions where left_out_items>0 limit 1");
const lostLicense = await one("select license_id from public.payments where amount_lost>0 limit 1");
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
const laura = st.staff[0];
for (const [locale, scheme, width] of [['fr-FR', 'light', 1440], ['en-GB', 'dark', 390], ['en-GB', 'light', 1440], ['fr-FR', 'dark', 390]]) {
  await sql`update public.staff set locale = ${locale.slice(0, 2)} where email = ${laura.email}`;
  const context = await browser.newContext({ viewport: { width, height: 900 }, locale, timezoneId: 'Europe/Paris', colorScheme: scheme });
  const page = await context.newPage();
  await page.goto(st.console_url);
  await page.locator('input[type=email]').fill(laura.email);
  await page.locator('input[type=password]').fill(laura.password);
  await page.keyboard.press('Enter');
  await page.waitForTimeout(2500);
  await page.keyboard.type(TOTP.generate({ secret: Secret.fromBase32(laura.totp_secret) }));
  await page.waitForTimeout(4000);
  const tag = `${locale.slice(0, 2)}-${scheme}-${width}`;
  const shot = async (name, path, act) => {
    await page.goto(st.console_url + path);
    await page.waitForTimeout(3500);
    if (act) { await act(); await page.waitForTimeout(1500); }
    await page.screenshot({ path: `/tmp/figures-shots/${name}-${tag}.png` });
  };
  await shot('fraud', `/paiements?q=${fraud}`);
  await shot('stop', `/paiements?q=${fraud}`, async () => { await page.getByRole('button', { name: /Rembourser et révoquer|Refund and revoke/ }).first().click(); });
  await shot('payments', '/paiements');
  await shot('health', '/stripe');
  await shot('restated', '/stripe?tab=restated');
  await shot('subs', '/abonnements');
  await shot('paused', `/abonnements?subscription=${paused}`);
  await shot('usage', `/abonnements?subscription=${usage}`);
  await shot('credit', `/abonnements?subscription=${credit}`, async () => { await page.getByRole('tab', { name: /Factures et paiements|Invoices/ }).click(); });
  await shot('lost', `/licences/${lostLicense}?tab=payments`);
  await context.close();
}
await browser.close(); await sql.end();
