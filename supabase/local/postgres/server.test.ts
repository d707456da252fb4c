import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { variables } from '../environment.ts';
import { lockHolder } from '../lock.ts';
import { createLogger } from '../logger.ts';
import { freePort, isAlive, startTime } from '../process.ts';
import { startPostgres } from './server.ts';

let dataDir: string;
let port: number;

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'home-server-'));
  port = await freePort();
});

afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const query = async (url: string, text: string) => {
  const sql = postgres(url, { max: 1 });
  const rows = await sql.unsafe(text);
  await sql.end();
  return rows;
};

test('data is kept over a stop and a start, and the lock is given back', async () => {
  const first = await startPostgres({ dataDir, port, ephemeral: true });
  await query(first.adminUrl, 'create table public.kept (id integer)');
  await first.stop();
  expect(lockHolder(dataDir)).toBeUndefined();
  const second = await startPostgres({ dataDir, port, ephemeral: true });
  expect(await query(second.adminUrl, 'select count(*)::int as count from public.kept')).toMatchObject([{ count: 0 }]);
  await second.stop();
}, 60_000);

test('others of the machine neither list the data folder nor read what lies in it', async () => {
  const folder = join(dataDir, 'home');
  const server = await startPostgres({ dataDir: folder, port, ephemeral: true });
  await server.stop();
  createLogger(folder, true).warn('a warning may quote a person');
  expect(statSync(folder).mode & 0o066).toBe(0);
  for (const file of ['postgres.log', 'home.log', 'database.json'])
    expect(statSync(join(folder, file)).mode & 0o077, file).toBe(0);
}, 60_000);

test('a taken port is named, with the variable that moves it', async () => {
  const taken = createServer().listen(port, '127.0.0.1');
  await expect(startPostgres({ dataDir, port })).rejects.toThrow(new RegExp(`Port ${port} .*${variables.portBase}`));
  await new Promise((closed) => taken.close(closed));
});

test('a postmaster left by a killed run is stopped and its data used', async () => {
  const first = await startPostgres({ dataDir, port, ephemeral: true });
  await query(first.adminUrl, 'create table public.kept (id integer)');
  // As after a kill: the server runs on, and the lock names a process that is gone.
  writeFileSync(join(dataDir, 'home.lock'), JSON.stringify({ pid: 999_999, startedAt: 'gone' }));
  const script = `import { startPostgres } from ${JSON.stringify(new URL('./server.ts', import.meta.url).href)};
    const server = await startPostgres({ dataDir: ${JSON.stringify(dataDir)}, port: ${port}, ephemeral: true });
    console.log(server.pid); await server.stop();`;
  const other = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const code = await new Promise((resolve) => other.once('close', resolve));
  expect(code).toBe(0);
  expect(isAlive(first.pid)).toBe(false);
  await first.stop();
}, 60_000);

test('a pid file whose pid now belongs to another program is removed', async () => {
  const first = await startPostgres({ dataDir, port, ephemeral: true });
  await first.stop();
  const pidFile = join(dataDir, 'postgres', 'postmaster.pid');
  writeFileSync(pidFile, `${process.pid}\n${join(dataDir, 'postgres')}\n`);
  const second = await startPostgres({ dataDir, port, ephemeral: true });
  expect(readFileSync(pidFile, 'utf8').startsWith(`${second.pid}\n`)).toBe(true);
  await second.stop();
  expect(existsSync(pidFile)).toBe(false);
}, 60_000);

test('a folder in use by another live process is refused by name', async () => {
  const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  await new Promise((spawned) => other.once('spawn', spawned));
  writeFileSync(join(dataDir, 'home.lock'), JSON.stringify({ pid: other.pid, startedAt: startTime(other.pid ?? 0) }));
  await expect(startPostgres({ dataDir, port })).rejects.toMatchObject({ code: 'ALREADY_RUNNING' });
  other.kill();
}, 60_000);
