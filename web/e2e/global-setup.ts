import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const root = join(import.meta.dirname ?? __dirname, '..', '..');

const isFree = (port: number) =>
  new Promise<boolean>((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });

/** The first row of ports nobody uses, from WA_PORT_BASE or a range of our own on. */
async function freePortBase(): Promise<number> {
  for (let base = Number(process.env.WA_PORT_BASE ?? 21_400); base < 32_000; base += 20) {
    const free = await Promise.all([1, 2, 3, 4, 5, 6, 7].map((offset) => isFree(base + offset)));
    if (free.every(Boolean)) return base;
  }
  throw new Error('No free row of ports for the browser tests');
}

/** Starts the home and tells the tests where it is; ends it afterwards. */
export default async function globalSetup() {
  const child = fork(join(root, 'web', 'e2e', 'home-process.ts'), {
    cwd: root,
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, E2E_PORT_BASE: String(await freePortBase()), NODE_OPTIONS: '' },
  });
  const home = await new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`The home ended while starting (exit code ${code})`)));
  });
  process.env.E2E_HOME = JSON.stringify(home);
  // `npm test` writes it when its other tests are through; the home is made beside them.
  const start = process.env.E2E_START_FILE;
  while (start && !existsSync(start)) await sleep(200);
  return async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.disconnect();
    await ended;
  };
}
