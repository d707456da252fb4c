import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import type { Sql } from 'postgres';
import { ensureDataDir, type HomeConfig } from '../../config.ts';
import type { ApiKeys } from '../context.ts';

function licenseSigningKey(): string {
  const { privateKey } = generateKeyPairSync('ed25519');
  const kid = `local-${randomBytes(6).toString('hex')}`;
  return JSON.stringify({ ...privateKey.export({ format: 'jwk' }), kid, alg: 'EdDSA', use: 'sig' });
}

const generated: Record<string, () => string> = {
  LICENSE_SIGNING_KEY: licenseSigningKey,
  CRON_SECRET: () => randomBytes(32).toString('base64url'),
  STRIPE_SECRET_KEY: () => `sk_test_${randomBytes(24).toString('hex')}`,
  STRIPE_WEBHOOK_SECRET: () => `whsec_${randomBytes(24).toString('hex')}`,
  SENDGRID_API_KEY: () => `SG.${randomBytes(16).toString('base64url')}.${randomBytes(32).toString('base64url')}`,
};

const note = `# Secrets of the edge functions in this home, as \`supabase secrets set\` would hold them.
# MAIL_FROM, CONSOLE_URL and the addresses of SendGrid, Stripe, Telegram and Slack follow this home's ports
# unless set here.
`;

/** `<data dir>/functions.env`; what is missing is generated and kept. */
export function functionSecrets(config: HomeConfig): Record<string, string> {
  ensureDataDir(config.dataDir);
  const path = join(config.dataDir, 'functions.env');
  const text = existsSync(path) ? readFileSync(path, 'utf8') : note;
  const kept = parseEnv(text) as Record<string, string>;
  const missing = Object.entries(generated)
    .filter(([name]) => !kept[name])
    .map(([name, make]) => [name, make()] as const);
  if (missing.length > 0) {
    const end = text.endsWith('\n') ? '' : '\n';
    writeFileSync(path, text + end + missing.map(([name, value]) => `${name}='${value}'\n`).join(''), { mode: 0o600 });
    chmodSync(path, 0o600);
  }
  return {
    SENDGRID_API_BASE: config.urls.mailbox,
    MAIL_FROM: 'WhatAutosys <licences@whatautosys.test>',
    CONSOLE_URL: config.urls.console,
    STRIPE_API_BASE: config.urls.stripe,
    TELEGRAM_API_BASE: config.urls.messengers,
    TELEGRAM_BOT_TOKEN: 'local',
    TELEGRAM_CHAT_ID: 'local',
    SLACK_WEBHOOK_URL: `${config.urls.messengers}/services/local`,
    ...kept,
    ...Object.fromEntries(missing),
  };
}

/** What the platform injects, then the project's own secrets, whose names may not start with SUPABASE_. */
export function functionEnvironment(config: HomeConfig, keys: ApiKeys): Record<string, string> {
  const own = Object.entries(functionSecrets(config)).filter(([name]) => !name.startsWith('SUPABASE_'));
  return {
    ...Object.fromEntries(own),
    SUPABASE_URL: config.urls.api,
    SUPABASE_DB_URL: config.db.url,
    SUPABASE_ANON_KEY: keys.legacyAnon,
    SUPABASE_SERVICE_ROLE_KEY: keys.legacyServiceRole,
    SUPABASE_PUBLISHABLE_KEYS: JSON.stringify({ default: keys.publishable }),
    SUPABASE_SECRET_KEYS: JSON.stringify({ default: keys.secret }),
    SUPABASE_JWKS: JSON.stringify(keys.jwks),
    SB_REGION: 'local',
  };
}

/** The two secrets a hosted project's scheduled calls read from the vault. */
export async function keepVaultSecrets(sql: Sql, secrets: Record<string, string>): Promise<void> {
  for (const [name, value] of Object.entries(secrets)) {
    const [kept] = await sql`select id, decrypted_secret from vault.decrypted_secrets where name = ${name}`;
    if (!kept) await sql`select vault.create_secret(${value}, ${name})`;
    else if (kept['decrypted_secret'] !== value)
      await sql`select vault.update_secret(${kept['id'] as string}, ${value})`;
  }
}
