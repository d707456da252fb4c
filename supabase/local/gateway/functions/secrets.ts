import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import type { Sql } from 'postgres';
import { ensureDataDir, factsOf, type HomeConfig } from '../../config.ts';
import { hashOfMigrations, readMigrations } from '../../postgres/migrations.ts';
import type { ApiKeys } from '../context.ts';

/** `<data dir>/functions.env`; what is missing is generated and kept. */
export function functionSecrets(config: HomeConfig, keys: Pick<ApiKeys, 'publishable' | 'secret'>) {
  ensureDataDir(config.dataDir);
  const { note = '', generated, given } = config.definition.functions;
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
  const own: Record<string, string> = { ...kept, ...Object.fromEntries(missing) };
  return { ...given(factsOf(config, keys), own), ...own };
}

/** What the platform injects, then the project's own secrets, whose names may not start with SUPABASE_. */
export function functionEnvironment(config: HomeConfig, keys: ApiKeys): Record<string, string> {
  const own = Object.entries(functionSecrets(config, keys)).filter(([name]) => !name.startsWith('SUPABASE_'));
  return {
    ...Object.fromEntries(own),
    SUPABASE_URL: config.urls.api,
    SUPABASE_DB_URL: config.db.url,
    SUPABASE_ANON_KEY: keys.legacyAnon,
    SUPABASE_SERVICE_ROLE_KEY: keys.legacyServiceRole,
    SUPABASE_PUBLISHABLE_KEYS: JSON.stringify({ default: keys.publishable }),
    SUPABASE_SECRET_KEYS: JSON.stringify({ default: keys.secret }),
    SUPABASE_JWKS: JSON.stringify(keys.jwks),
    MIGRATIONS_HASH: hashOfMigrations(readMigrations(config.projectFolder)),
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
