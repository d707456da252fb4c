import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HomeError } from './errors.ts';
import { parseProject, type ProjectConfig } from './project.ts';

export const repositoryRoot = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '');

export interface HomePorts {
  api: number;
  db: number;
  studio: number;
  mailbox: number;
  console: number;
  /** Stand-in for Stripe. */
  stripe: number;
  /** Stand-in for Telegram and Slack. */
  messengers: number;
}

export interface DatabaseUrls {
  /** Superuser `supabase_admin`: only for the embedded home itself. */
  adminUrl: string;
  /** Role `postgres`, with the rights it has on a hosted project: migrations, seed, functions. */
  url: string;
}

export interface HomeConfig {
  root: string;
  dataDir: string;
  host: '127.0.0.1';
  ports: HomePorts;
  urls: { api: string; studio: string; mailbox: string; console: string; stripe: string; messengers: string };
  db: DatabaseUrls;
  /** `supabase/config.toml`, with its URLs moved to this home's ports. */
  project: ProjectConfig;
}

export interface HomeLocation {
  portBase?: number | undefined;
  dataDir?: string | undefined;
}

const defaultPorts: HomePorts = {
  api: 54321,
  db: 54322,
  studio: 54323,
  mailbox: 54324,
  console: 5173,
  stripe: 54325,
  messengers: 54326,
};

export function resolvePorts(base: number | undefined): HomePorts {
  if (base === undefined) return { ...defaultPorts };
  if (!Number.isInteger(base) || base < 1024 || base > 65_000)
    throw new HomeError('BAD_PORT_BASE', `WA_PORT_BASE must be a whole number from 1024 to 65000, got ${base}`);
  return {
    api: base + 1,
    db: base + 2,
    studio: base + 3,
    mailbox: base + 4,
    console: base + 5,
    stripe: base + 6,
    messengers: base + 7,
  };
}

const environmentPortBase = () => {
  const value = process.env['WA_PORT_BASE']?.trim();
  return value ? Number(value) : undefined;
};

export function resolveDataDir(dataDir?: string): string {
  return resolve(dataDir ?? process.env['WA_DATA_DIR'] ?? join(repositoryRoot, 'supabase', '.local'));
}

/** Nobody else lists the folder; PostgreSQL, which never runs as root, must pass through root's. */
export function ensureDataDir(dataDir: string): void {
  if (mkdirSync(dataDir, { recursive: true }) === undefined) return;
  chmodSync(dataDir, process.getuid?.() === 0 ? 0o711 : 0o700);
}

/** Reads a JSON secret kept in the data folder, or makes it; never readable by others. */
export function keepSecret<T>(dataDir: string, file: string, create: () => T): T {
  const path = join(dataDir, file);
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as T;
  ensureDataDir(dataDir);
  const value = create();
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  chmodSync(path, 0o600);
  return value;
}

export interface DatabaseSecrets {
  adminPassword: string;
  password: string;
}

const randomPassword = () => randomBytes(18).toString('base64url');

export function databaseSecrets(dataDir: string): DatabaseSecrets {
  return keepSecret(dataDir, 'database.json', () => ({ adminPassword: randomPassword(), password: randomPassword() }));
}

export function databaseUrls(secrets: DatabaseSecrets, port: number, database = 'postgres'): DatabaseUrls {
  const url = (user: string, password: string) => `postgresql://${user}:${password}@127.0.0.1:${port}/${database}`;
  return { adminUrl: url('supabase_admin', secrets.adminPassword), url: url('postgres', secrets.password) };
}

export function loadConfig(location: HomeLocation = {}): HomeConfig {
  const ports = resolvePorts(location.portBase ?? environmentPortBase());
  const dataDir = resolveDataDir(location.dataDir);
  const on = (port: number) => `http://127.0.0.1:${port}`;
  return {
    root: repositoryRoot,
    dataDir,
    host: '127.0.0.1',
    ports,
    urls: {
      api: on(ports.api),
      studio: on(ports.studio),
      mailbox: on(ports.mailbox),
      console: on(ports.console),
      stripe: on(ports.stripe),
      messengers: on(ports.messengers),
    },
    db: databaseUrls(databaseSecrets(dataDir), ports.db),
    project: parseProject(join(repositoryRoot, 'supabase', 'config.toml'), {
      [on(defaultPorts.console)]: on(ports.console),
      [on(defaultPorts.api)]: on(ports.api),
    }),
  };
}
