import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { type HomeDefinition, plainHome } from './definition.ts';
import { makeEventKey, publicEventKey } from './stand-ins/mail/events.ts';

/** Variables that move a home: `<prefix>_PORT_BASE` and `<prefix>_DATA_DIR`. */
export const environmentPrefix = 'WA';

function signingKey(): string {
  const { privateKey } = generateKeyPairSync('ed25519');
  const kid = `local-${randomBytes(6).toString('hex')}`;
  return JSON.stringify({ ...privateKey.export({ format: 'jwk' }), kid, alg: 'EdDSA', use: 'sig' });
}

/** The one place of the embedded home that knows which product runs in it. */
export default {
  title: 'WhatAutosys Admin',
  ports: plainHome.ports,
  console: {
    folder: 'web',
    environment: ({ urls, keys }) => ({
      VITE_SUPABASE_URL: urls.api,
      VITE_SUPABASE_PUBLISHABLE_KEY: keys.publishable,
    }),
  },
  functions: {
    note: `# Secrets of the edge functions in this home, as \`supabase secrets set\` would hold them.
# MAIL_FROM, CONSOLE_URL and the addresses of SendGrid, Stripe, Telegram and Slack follow this home's ports
# unless set here.
`,
    generated: {
      LICENSE_SIGNING_KEY: signingKey,
      AUDIT_SIGNING_KEY: signingKey,
      // The mailbox signs with it, as SendGrid with the key it keeps; functions hold the public half.
      MAILBOX_EVENT_KEY: makeEventKey,
      MAIL_INBOUND_SECRET: () => randomBytes(32).toString('base64url'),
      CRON_SECRET: () => randomBytes(32).toString('base64url'),
      STRIPE_SECRET_KEY: () => `sk_test_${randomBytes(24).toString('hex')}`,
      STRIPE_WEBHOOK_SECRET: () => `whsec_${randomBytes(24).toString('hex')}`,
      SENDGRID_API_KEY: () => `SG.${randomBytes(16).toString('base64url')}.${randomBytes(32).toString('base64url')}`,
    },
    given: ({ urls }, secrets) => ({
      SENDGRID_API_BASE: urls.mailbox,
      SENDGRID_WEBHOOK_KEY: publicEventKey(secrets['MAILBOX_EVENT_KEY'] ?? ''),
      MAIL_FROM: 'WhatAutosys <licences@whatautosys.test>',
      SUPPORT_REPLY_TO: 'support@aide.whatautosys.test',
      AUDIT_COPY_TO: 'audit@whatautosys.test',
      CONSOLE_URL: urls.console,
      STRIPE_API_BASE: urls.stripe,
      TELEGRAM_API_BASE: urls.messengers,
      TELEGRAM_BOT_TOKEN: 'local',
      TELEGRAM_CHAT_ID: 'local',
      SLACK_WEBHOOK_URL: `${urls.messengers}/services/local`,
    }),
  },
  vault: ({ urls }, secrets) => ({ cron_secret: secrets['CRON_SECRET'] ?? '', project_url: urls.api }),
  standIns: {
    mailKey: (secrets) => secrets['SENDGRID_API_KEY'],
    mailEvents: ({ urls }, secrets) => ({
      url: `${urls.api}/functions/v1/mail-events`,
      privateKey: secrets['MAILBOX_EVENT_KEY'] ?? '',
    }),
    mailInbound: ({ urls }, secrets) => ({
      url:
        `${urls.api}/functions/v1/mail-inbound?secret=` +
        encodeURIComponent((secrets['MAIL_INBOUND_SECRET'] ?? '').split(',')[0] ?? ''),
    }),
    messengers: true,
    stripe: ({ urls }, secrets) => ({
      apiKey: secrets['STRIPE_SECRET_KEY'] ?? '',
      webhook: {
        url: `${urls.api}/functions/v1/stripe-webhook`,
        secret: (secrets['STRIPE_WEBHOOK_SECRET'] ?? '').split(',')[0] ?? '',
      },
      account: { name: 'WhatAutosys', statementDescriptor: 'WHATAUTOSYS', invoicePrefix: 'WA' },
    }),
  },
  mailSender: 'noreply@whatautosys.test',
  accounts: { file: 'staff.json', field: 'staff' },
  async seed({ urls, dbUrl, keys, dataDir }, secrets) {
    const { seedDemo } = await import('@whatautosys/seed');
    await seedDemo({
      apiUrl: urls.api,
      dbUrl,
      secretKey: keys.secret,
      publishableKey: keys.publishable,
      dataDir,
      stripe: {
        url: urls.stripe,
        secretKey: secrets['STRIPE_SECRET_KEY'] ?? '',
        cronSecret: secrets['CRON_SECRET'] ?? '',
      },
    });
  },
  firstSteps({ console_url, mailbox_url, stripe_url }, [first]) {
    if (!first) return [`Open ${console_url}.`];
    return [
      'What to try first',
      `  1. Open ${console_url} and sign in as ${first.email};`,
      '     password and code of the moment: npm run status.',
      '  2. Create a licence, then read the mail its customer gets in the mailbox:',
      `     ${mailbox_url}`,
      '  3. Revoke it, and watch the page of a second browser change.',
      '  4. Make a payment link, pay with 4242 4242 4242 4242; then let a card fail at',
      `     the Stripe stand-in: ${stripe_url}`,
    ];
  },
} satisfies HomeDefinition as HomeDefinition;
