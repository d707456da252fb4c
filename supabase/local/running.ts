import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type LockHolder, lockHolder } from './lock.ts';
import { readStaff, type StaffAccount } from './seeding.ts';

/** What `npm run status -- --json` prints. */
export interface HomeStatus {
  console_url: string;
  api_url: string;
  db_url: string;
  mailbox_url: string;
  stripe_url: string;
  messengers_url: string;
  studio_url: string;
  publishable_key: string;
  secret_key: string;
  staff: StaffAccount[];
}

type Addresses = Omit<HomeStatus, 'staff'>;

const path = (dataDir: string) => join(dataDir, 'home.json');

/** Written once the home answers, so that other commands need not know the ports it was started on. */
export function announce(dataDir: string, addresses: Addresses): () => void {
  writeFileSync(path(dataDir), `${JSON.stringify(addresses, null, 2)}\n`, { mode: 0o600 });
  return () => rmSync(path(dataDir), { force: true });
}

/** The home running on the data folder, if its process lives and its API answers. */
export async function findRunning(dataDir: string): Promise<(LockHolder & { status: HomeStatus }) | undefined> {
  const holder = lockHolder(dataDir);
  if (!holder || !existsSync(path(dataDir))) return undefined;
  const addresses = JSON.parse(readFileSync(path(dataDir), 'utf8')) as Addresses;
  if (!(await answers(addresses.api_url))) return undefined;
  const staff = readStaff(dataDir).map(({ email, password, totp_secret, role }) => ({
    email,
    password,
    totp_secret,
    role,
  }));
  return { ...holder, status: { ...addresses, staff } };
}

async function answers(apiUrl: string): Promise<boolean> {
  try {
    const response = await fetch(`${apiUrl}/auth/v1/.well-known/jwks.json`, { signal: AbortSignal.timeout(3000) });
    return response.ok;
  } catch {
    return false;
  }
}
