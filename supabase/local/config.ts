import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type HomeDefinition, type HomeFacts, type PartName, partNames, plainHome } from './definition.ts';
import { environmentDataDir, environmentPortBase, variables } from './environment.ts';
import { dataFolderDenied, HomeError } from './errors.ts';
import ownDefinition from './home.config.ts';
import { parseProject, type ProjectConfig } from './project.ts';

export const repositoryRoot = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '');

/** Migrations, configuration and functions that run unless another project is named. */
export const ownProject = join(repositoryRoot, 'supabase');

export type HomePorts = Record<PartName, number>;

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
  urls: HomeFacts['urls'];
  db: DatabaseUrls;
  /** Holds `config.toml` and `migrations/`. */
  projectFolder: string;
  /** `config.toml`, with its URLs moved to this home's ports. */
  project: ProjectConfig;
  definition: HomeDefinition;
}

export interface HomeLocation {
  portBase?: number | undefined;
  dataDir?: string | undefined;
  /** Folder of another project than this repository's, with what it tells its home. */
  project?: { folder: string; definition: HomeDefinition } | undefined;
}

export function resolvePorts(base: number | undefined, parts = ownDefinition.ports): HomePorts {
  if (base !== undefined && (!Number.isInteger(base) || base < 1024 || base > 65_000))
    throw new HomeError(
      'BAD_PORT_BASE',
      `${variables.portBase} must be a whole number from 1024 to 65000, got ${base}`,
    );
  return Object.fromEntries(
    partNames.map((name, index) => [name, base === undefined ? parts[name].port : base + 1 + index]),
  ) as HomePorts;
}

export function resolveDataDir(dataDir?: string, projectFolder = ownProject): string {
  return resolve(dataDir ?? environmentDataDir() ?? join(projectFolder, '.local'));
}

/** Nobody else lists the folder; PostgreSQL, which never runs as root, must pass through root's. */
export function ensureDataDir(dataDir: string): void {
  if (mkdirSync(dataDir, { recursive: true }) === undefined) return;
  chmodSync(dataDir, process.getuid?.() === 0 ? 0o711 : 0o700);
}

/** Before anything starts: every part writes there, and each would say so in its own words. */
export function assertWritable(dataDir: string): void {
  const probe = join(dataDir, `.write-${process.pid}`);
  try {
    ensureDataDir(dataDir);
    writeFileSync(probe, '');
    rmSync(probe);
  } catch (error) {
    throw dataFolderDenied(dataDir, error as NodeJS.ErrnoException);
  }
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
  const { folder, definition } = location.project ?? { folder: ownProject, definition: ownDefinition };
  const ports = resolvePorts(location.portBase ?? environmentPortBase(), definition.ports);
  const dataDir = resolveDataDir(location.dataDir, folder);
  assertWritable(dataDir);
  const on = (port: number) => `http://127.0.0.1:${port}`;
  const urls = Object.fromEntries(partNames.map((name) => [name, on(ports[name])])) as HomeConfig['urls'];
  return {
    root: repositoryRoot,
    dataDir,
    host: '127.0.0.1',
    ports,
    urls,
    db: databaseUrls(databaseSecrets(dataDir), ports.db),
    projectFolder: folder,
    project: parseProject(join(folder, 'config.toml'), {
      [on(definition.ports.console.port)]: urls.console,
      [on(definition.ports.api.port)]: urls.api,
    }),
    definition,
  };
}

/** What a project of another folder tells its home: its `home.config.ts`, or nothing. */
export async function findProject(folder: string): Promise<NonNullable<HomeLocation['project']>> {
  if (!existsSync(join(folder, 'config.toml')))
    throw new HomeError('NO_PROJECT', `No config.toml in ${folder}: a project holds config.toml and migrations/`);
  const file = join(folder, 'home.config.ts');
  if (!existsSync(file)) return { folder, definition: plainHome };
  const { default: definition } = (await import(pathToFileURL(file).href)) as { default: HomeDefinition };
  return { folder, definition };
}

/** What a definition may know of the home it runs in. */
export const factsOf = (config: HomeConfig, keys: HomeFacts['keys']): HomeFacts => ({
  dataDir: config.dataDir,
  urls: config.urls,
  dbUrl: config.db.url,
  keys: { publishable: keys.publishable, secret: keys.secret },
});
