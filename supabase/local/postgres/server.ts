import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { databaseSecrets, databaseUrls, type DatabaseUrls, ensureDataDir } from '../config.ts';
import { variables } from '../environment.ts';
import { diskFull, HomeError } from '../errors.ts';
import { acquireLock } from '../lock.ts';
import { assertPortFree, childEnvironment, commandLine, endWithProcess, waitForExit } from '../process.ts';
import { supervise } from '../supervise.ts';
import { findBinaries } from './binaries.ts';
import { chooseLauncher, type Launcher } from './identity.ts';

export interface PostgresServer extends DatabaseUrls {
  port: number;
  /** Of the postmaster that runs now. */
  readonly pid: number;
  /** The same two URLs for another database of this server. */
  database(name: string): DatabaseUrls;
  stop(): Promise<void>;
}

export interface PostgresOptions {
  dataDir: string;
  port: number;
  /** Trades durability for speed; only for throw-away data. */
  ephemeral?: boolean;
  /** Hears that the server ended by itself and is started again. */
  report?(message: string): void;
}

const minimumFreeBytes = 500 * 1024 * 1024;

const settings = (port: number, ephemeral: boolean): Record<string, string | number> => ({
  listen_addresses: '127.0.0.1',
  port,
  unix_socket_directories: '',
  timezone: 'UTC',
  log_timezone: 'UTC',
  wal_level: 'logical',
  max_replication_slots: 20,
  max_wal_senders: 20,
  max_connections: 200,
  // A forgotten slot must not fill the disk.
  max_slot_wal_keep_size: '1GB',
  shared_buffers: totalmem() > 4 * 1024 ** 3 ? '256MB' : '128MB',
  shared_preload_libraries: 'pg_stat_statements',
  jit: 'off',
  log_min_messages: 'warning',
  ...(ephemeral ? { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' } : {}),
});

/**
 * Starts PostgreSQL on the data folder, making the cluster first if there is none. When it ends by itself it is
 * started again, on the same port and data.
 */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const { dataDir, port, ephemeral = false, report = () => undefined } = options;
  ensureDataDir(dataDir);
  const release = acquireLock(dataDir);
  try {
    const { bavail, bsize } = statfsSync(dataDir);
    if (bavail * bsize < minimumFreeBytes) throw diskFull(dataDir, Math.floor((bavail * bsize) / 1024 ** 2));
    const secrets = databaseSecrets(dataDir);
    const binaries = await findBinaries();
    const cluster = join(dataDir, 'postgres');
    const launcher = chooseLauncher(cluster, binaries.postgres);
    await stopOrphan(cluster);
    await assertPortFree(port, 'PostgreSQL');
    if (!existsSync(join(cluster, 'PG_VERSION')))
      await initialise(launcher, binaries.initdb, cluster, secrets.adminPassword);
    keepVaultKey(launcher, cluster);
    const urls = databaseUrls(secrets, port);
    const log = join(dataDir, 'postgres.log');
    rmSync(log, { force: true });
    const given = Object.entries(settings(port, ephemeral)).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const start = () =>
      run(launcher, binaries.postgres, ['-D', cluster, ...given], { url: urls.adminUrl, log, dataDir });
    const server = await supervise({ name: 'PostgreSQL', start: () => patiently(start), report });
    await keepPassword(urls.adminUrl, secrets.password).catch(async (error: unknown) => {
      await server.stop();
      throw error;
    });
    return {
      ...urls,
      port,
      get pid() {
        return server.current.pid;
      },
      database: (name) => databaseUrls(secrets, port, name),
      stop: () => server.stop().finally(release),
    };
  } catch (error) {
    release();
    throw error;
  }
}

const orphansMilliseconds = 15_000;

/** Backends outlive a killed postmaster until they notice; while one holds the memory no other may start. */
async function patiently<T>(start: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + orphansMilliseconds;
  for (;;) {
    try {
      return await start();
    } catch (error) {
      const isHeld = /pre-existing shared memory block/.test((error as Error).message);
      if (!isHeld || Date.now() > deadline) throw error;
    }
    await new Promise((resume) => setTimeout(resume, 200));
  }
}

interface Place {
  url: string;
  log: string;
  dataDir: string;
}

/** → once it answers. */
async function run(launcher: Launcher, program: string, args: string[], place: Place) {
  const child = launch(launcher, program, args);
  const forget = endWithProcess(child, 'SIGINT');
  const ended = new Promise<string>((resolve) =>
    child
      .once('error', ({ message }) => resolve(message))
      .once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`)),
  );
  void ended.then(forget);
  let output = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    if (output.length < 10_000) output += chunk.toString();
    keepLine(place.log, chunk);
  });
  child.stdout?.resume();
  await waitUntilReady(child, place, () => output);
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      // SIGINT is PostgreSQL's fast shutdown: sessions end, data is flushed.
      child.kill('SIGINT');
      const timer = setTimeout(() => child.kill('SIGQUIT'), 20_000);
      await ended;
      clearTimeout(timer);
    }
  };
  return { pid: child.pid ?? 0, ended, stop };
}

function keepLine(log: string, chunk: Buffer): void {
  try {
    appendFileSync(log, chunk, { mode: 0o600 });
  } catch {
    // A full disk is PostgreSQL's to tell; a log that cannot be written must not end it.
  }
}

/** In its own process group, so that Ctrl-C in the terminal reaches the home alone, which then stops it in order. */
function launch(launcher: Launcher, program: string, args: string[]): ChildProcess {
  const { file, args: all, ...identity } = launcher.command(program, args);
  return spawn(file, all, {
    ...identity,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: '/',
    env: childEnvironment({ LC_ALL: 'C', TZ: 'UTC' }),
  });
}

async function initialise(launcher: Launcher, initdb: string, cluster: string, password: string): Promise<void> {
  rmSync(cluster, { recursive: true, force: true });
  mkdirSync(cluster, { recursive: true, mode: 0o700 });
  launcher.own(cluster);
  const passwordFile = join(cluster, '..', `initdb-${randomBytes(4).toString('hex')}`);
  writeFileSync(passwordFile, password, { mode: 0o600 });
  launcher.own(passwordFile);
  try {
    const child = launch(launcher, initdb, [
      '-D',
      cluster,
      '-U',
      'supabase_admin',
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=icu',
      '--icu-locale=en-US',
      '--no-sync',
      '--no-instructions',
    ]);
    let output = '';
    child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const code = await new Promise<number | null>((resolve, reject) =>
      child.once('error', reject).once('close', resolve),
    );
    if (code === 0) return;
    rmSync(cluster, { recursive: true, force: true });
    throw (
      explain(output, cluster) ??
      new HomeError('INITDB_FAILED', `PostgreSQL could not make its data folder ${cluster}:\n${output}`)
    );
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

/** The vault stand-in reads this file from inside the server, so a dump of the database does not carry the key. */
function keepVaultKey(launcher: Launcher, cluster: string): void {
  const path = join(cluster, 'vault.key');
  if (existsSync(path)) return;
  writeFileSync(path, randomBytes(32).toString('hex'));
  chmodSync(path, 0o600);
  launcher.own(path);
}

/** So that `url` works as soon as the server runs; bootstrap gives the role its attributes. */
async function keepPassword(adminUrl: string, password: string): Promise<void> {
  const sql = postgres(adminUrl, { max: 1, onnotice: () => undefined });
  const [role] = await sql`select from pg_roles where rolname = 'postgres'`;
  await sql.unsafe(`${role ? 'alter' : 'create'} role postgres login password '${password}'`);
  await sql.end();
}

/**
 * A run that was killed leaves its postmaster running: it is stopped. A pid file without one is PostgreSQL's to judge,
 * which also looks for backends that still hold the memory; but a pid given to another program since misleads it.
 */
export async function stopOrphan(cluster: string): Promise<void> {
  const pidFile = join(cluster, 'postmaster.pid');
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, 'utf8').split('\n')[0]);
  const holder = Number.isInteger(pid) && pid > 0 ? commandLine(pid) : undefined;
  if (holder === undefined) return;
  if (holder.includes(cluster)) {
    process.kill(pid, 'SIGINT');
    if (!(await waitForExit(pid, 20_000))) {
      throw new HomeError(
        'ORPHAN_POSTGRES',
        `A PostgreSQL left by an earlier run (process ${pid}) does not stop. End it, then start again`,
      );
    }
  }
  rmSync(pidFile, { force: true });
}

function explain(output: string, dataDir: string): HomeError | undefined {
  if (/No space left on device/i.test(output)) return diskFull(dataDir);
  if (/Permission denied/i.test(output))
    return new HomeError(
      'DATA_DIR_DENIED',
      `PostgreSQL may not use ${dataDir}: it belongs to another account. Use that account, or choose another ` +
        `place with ${variables.dataDir}`,
    );
  return undefined;
}

const stillStarting = new Set(['ECONNREFUSED', 'ECONNRESET', '57P03', 'CONNECT_TIMEOUT', 'CONNECTION_CLOSED']);

async function waitUntilReady(child: ChildProcess, { url, dataDir }: Place, output: () => string): Promise<void> {
  let failure: Error | undefined;
  child.once('error', (error) => (failure = error));
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline) {
    if (failure) throw failure;
    if (child.exitCode !== null || child.signalCode !== null) {
      const said = output();
      throw explain(said, dataDir) ?? new HomeError('POSTGRES_FAILED', `PostgreSQL did not start:\n${said.trim()}`);
    }
    const sql = postgres(url, { max: 1, connect_timeout: 2, onnotice: () => undefined });
    try {
      await sql`select 1`;
      return;
    } catch (error) {
      // Not listening yet, starting up, or ended in the middle of it, which the next round tells.
      const { code } = error as { code?: string };
      if (!stillStarting.has(code ?? '')) {
        child.kill('SIGINT');
        throw error;
      }
    } finally {
      await sql.end({ timeout: 1 });
    }
    await new Promise((resume) => setTimeout(resume, 50));
  }
  child.kill('SIGQUIT');
  throw new HomeError(
    'POSTGRES_SLOW',
    'PostgreSQL was not ready after 60 seconds; see postgres.log in the data folder',
  );
}
