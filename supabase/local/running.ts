import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import postgres from 'postgres';
import type { HomeConfig } from './config.ts';
import { type Addresses, type HomeDefinition, type HomeFacts, type PartName, partNames } from './definition.ts';
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
export function announce(
  { dataDir, definition, urls, db }: HomeConfig,
  keys: HomeFacts['keys'],
  parts = partsOf(definition),
): () => void {
  const addresses = {
    ...Object.fromEntries(parts.map((name) => [`${name}_url`, name === 'db' ? db.url : urls[name]])),
    publishable_key: keys.publishable,
    secret_key: keys.secret,
  };
  writeFileSync(path(dataDir), `${JSON.stringify(addresses, null, 2)}\n`, { mode: 0o600 });
  return () => rmSync(path(dataDir), { force: true });
}

export interface RunningHome extends LockHolder {
  addresses: Addresses;
  /** Which parts answer. */
  answering: Partial<Record<PartName, boolean>>;
}

/** The home that came up on the data folder and whose process lives, whatever of it answers. */
export async function findRunning(dataDir: string): Promise<RunningHome | undefined> {
  const holder = lockHolder(dataDir);
  if (!holder || !existsSync(path(dataDir))) return undefined;
  const addresses = JSON.parse(readFileSync(path(dataDir), 'utf8')) as Addresses;
  const parts = partNames.filter((name) => addresses[`${name}_url`]);
  const found = await Promise.all(parts.map(async (name) => [name, await answers(name, addresses[`${name}_url`])]));
  return { ...holder, addresses, answering: Object.fromEntries(found) as RunningHome['answering'] };
}

const patienceMilliseconds = 3_000;

/** Any answer counts: a part that refuses is there. */
async function answers(name: PartName, url: string): Promise<boolean> {
  if (name === 'db') return databaseAnswers(url);
  try {
    const response = await fetch(name === 'api' ? `${url}/auth/v1/.well-known/jwks.json` : url, {
      redirect: 'manual',
      signal: AbortSignal.timeout(patienceMilliseconds),
    });
    await response.body?.cancel();
    return name !== 'api' || response.ok;
  } catch {
    return false;
  }
}

async function databaseAnswers(url: string): Promise<boolean> {
  const sql = postgres(url, { max: 1, connect_timeout: patienceMilliseconds / 1000, onnotice: () => undefined });
  try {
    await sql`select 1`;
    return true;
  } catch {
    return false;
  } finally {
    await sql.end({ timeout: 0 });
  }
}
