import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HomeConfig } from './config.ts';
import { type Addresses, type HomeDefinition, type HomeFacts, partNames } from './definition.ts';
import { type LockHolder, lockHolder } from './lock.ts';

const path = (dataDir: string) => join(dataDir, 'home.json');

/** Parts this home has, in the order of its ports. */
export const partsOf = ({ console, standIns }: HomeDefinition) =>
  partNames.filter(
    (name) =>
      (name !== 'console' || console) &&
      (name !== 'messengers' || standIns.messengers) &&
      (name !== 'stripe' || standIns.stripe),
  );

/** Written once the home answers, so that other commands need not know the ports it was started on. */
export function announce({ dataDir, definition, urls, db }: HomeConfig, keys: HomeFacts['keys']): () => void {
  const addresses = {
    ...Object.fromEntries(partsOf(definition).map((name) => [`${name}_url`, name === 'db' ? db.url : urls[name]])),
    publishable_key: keys.publishable,
    secret_key: keys.secret,
  };
  writeFileSync(path(dataDir), `${JSON.stringify(addresses, null, 2)}\n`, { mode: 0o600 });
  return () => rmSync(path(dataDir), { force: true });
}

/** The home running on the data folder, if its process lives and its API answers. */
export async function findRunning(dataDir: string): Promise<(LockHolder & { addresses: Addresses }) | undefined> {
  const holder = lockHolder(dataDir);
  if (!holder || !existsSync(path(dataDir))) return undefined;
  const addresses = JSON.parse(readFileSync(path(dataDir), 'utf8')) as Addresses;
  return (await answers(addresses.api_url)) ? { ...holder, addresses } : undefined;
}

async function answers(apiUrl: string): Promise<boolean> {
  try {
    const response = await fetch(`${apiUrl}/auth/v1/.well-known/jwks.json`, { signal: AbortSignal.timeout(3000) });
    return response.ok;
  } catch {
    return false;
  }
}
