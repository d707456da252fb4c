import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { functionSecrets } from '@whatautosys/local/function-secrets';
import { startHome } from '@whatautosys/local';

/**
 * A whole home of its own for browser tests and benchmarks, with the console as it is deployed; its data go with it,
 * unless a folder is named.
 */
const kept = process.env['E2E_DATA_DIR'];
const dataDir = kept ?? mkdtempSync(join(tmpdir(), 'whatautosys-e2e-'));
const home = await startHome({
  portBase: Number(process.env.E2E_PORT_BASE),
  dataDir,
  console: 'production',
  ownProcess: true,
  studio: false,
  quiet: true,
});
process.send?.({
  consoleUrl: home.config.urls.console,
  apiUrl: home.config.urls.api,
  mailboxUrl: home.config.urls.mailbox,
  stripeUrl: home.config.urls.stripe,
  messengersUrl: home.config.urls.messengers,
  stripeApiKey: functionSecrets(home.config, home.keys)['STRIPE_SECRET_KEY'],
  stripeWebhookSecret: functionSecrets(home.config, home.keys)['STRIPE_WEBHOOK_SECRET'],
  mailWebhook:
    `${home.config.urls.api}/functions/v1/mail-inbound?secret=` +
    functionSecrets(home.config, home.keys)['MAIL_INBOUND_SECRET'],
  cronSecret: functionSecrets(home.config, home.keys)['CRON_SECRET'],
  dbUrl: home.config.db.url,
  adminUrl: home.config.db.adminUrl,
  publishableKey: home.keys.publishable,
  secretKey: home.keys.secret,
  staff: home.accounts,
});
process.once('disconnect', async () => {
  await home.stop();
  if (!kept) rmSync(dataDir, { recursive: true, force: true });
  process.exit(0);
});
