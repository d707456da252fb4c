// Plain JavaScript without dependencies: it runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

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

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const isKnown = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22;
  if (!isKnown) fail(`Node ${process.versions.node} is too old: 20.19 or later, or 22.12 or later, is needed`);
}

const readLock = (path) => JSON.parse(readFileSync(join(root, path), 'utf8')).packages;

/** npm writes what it installed to node_modules/.package-lock.json: the two must name the same versions. */
export function isInstalled() {
  if (!existsSync(join(root, 'node_modules', '.package-lock.json'))) return false;
  const wanted = readLock('package-lock.json');
  const present = readLock('node_modules/.package-lock.json');
  return Object.entries(wanted).every(([path, { version, link, optional, os, cpu, libc, peer }]) => {
    if (path === '' || link || !path.includes('node_modules/')) return true;
    const found = present[path];
    if (!found) return Boolean(optional || os || cpu || libc || peer);
    return found.version === version;
  });
}

export function ensureInstalled() {
  checkNode();
  if (isInstalled()) return;
  console.log('Installing packages (npm ci); the first time takes a minute or two …');
  const npm = process.env.npm_execpath;
  const [command, args] = npm?.endsWith('.js') ? [process.execPath, [npm]] : ['npm', []];
  const result = spawnSync(command, [...args, 'ci', '--no-audit', '--no-fund'], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...quietEnvironment },
    shell: process.platform === 'win32',
  });
  if (result.status !== 0) fail('npm ci failed: see above. Is the package registry reachable?');
}

/** Runs a TypeScript entry point in this process. */
export async function run(path) {
  Object.assign(process.env, quietEnvironment);
  // supabase-js says at each start that it will drop Node 20; the pinned version supports it.
  const { warn } = console;
  console.warn = (...args) => (/Node\.js 20 and below/.test(String(args[0])) ? undefined : warn(...args));
  const { register } = await import('tsx/esm/api');
  register();
  await import(new URL(path, import.meta.url).href);
}
