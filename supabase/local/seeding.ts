import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { HomeConfig } from './config.ts';

export interface StaffAccount {
  email: string;
  password: string;
  totp_secret: string;
  role: string;
}

export interface SeedOptions {
  apiUrl: string;
  dbUrl: string;
  secretKey: string;
  publishableKey: string;
  dataDir: string;
  stripe: { url: string; secretKey: string; cronSecret: string };
}

const staffFile = (dataDir: string) => join(dataDir, 'staff.json');
const seedModule = (config: HomeConfig) => join(config.root, 'seed', 'index.ts');

/** The demo accounts; the seed writes the file as its last act, so that its presence means a complete seed. */
export function readStaff(dataDir: string): StaffAccount[] {
  if (!existsSync(staffFile(dataDir))) return [];
  const content = JSON.parse(readFileSync(staffFile(dataDir), 'utf8')) as StaffAccount[] | { staff: StaffAccount[] };
  return Array.isArray(content) ? content : content.staff;
}

export const needsSeed = (config: HomeConfig) =>
  !existsSync(staffFile(config.dataDir)) && existsSync(seedModule(config));

export async function seed(
  config: HomeConfig,
  keys: { publishable: string; secret: string },
  secrets: Record<string, string>,
): Promise<void> {
  const { seedDemo } = (await import(pathToFileURL(seedModule(config)).href)) as {
    seedDemo(options: SeedOptions): Promise<void>;
  };
  await seedDemo({
    apiUrl: config.urls.api,
    dbUrl: config.db.url,
    secretKey: keys.secret,
    publishableKey: keys.publishable,
    dataDir: config.dataDir,
    stripe: {
      url: config.urls.stripe,
      secretKey: secrets['STRIPE_SECRET_KEY'] ?? '',
      cronSecret: secrets['CRON_SECRET'] ?? '',
    },
  });
}
