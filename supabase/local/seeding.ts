import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { factsOf, type HomeConfig } from './config.ts';
import type { DemoAccount, HomeDefinition, HomeFacts } from './definition.ts';

const accountsFile = (dataDir: string, { accounts }: HomeDefinition) => accounts && join(dataDir, accounts.file);

/** The demo accounts; the seed writes the file as its last act, so that its presence means a complete seed. */
export function readAccounts(dataDir: string, definition: HomeDefinition): DemoAccount[] {
  const file = accountsFile(dataDir, definition);
  if (!file || !existsSync(file)) return [];
  const accounts = JSON.parse(readFileSync(file, 'utf8')) as DemoAccount[];
  return accounts.map(({ email, password, totp_secret, role }) => ({ email, password, totp_secret, role }));
}

export function needsSeed({ dataDir, definition }: HomeConfig): boolean {
  const file = accountsFile(dataDir, definition);
  return Boolean(definition.seed && file && !existsSync(file));
}

export async function seed(
  config: HomeConfig,
  keys: HomeFacts['keys'],
  secrets: Record<string, string>,
): Promise<void> {
  await config.definition.seed?.(factsOf(config, keys), secrets);
}
