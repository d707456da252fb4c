import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import ownDefinition from './home.config.ts';
import { resolvePorts } from './config.ts';
import { command as runCommand } from './cli/testing.ts';
import { variables } from './environment.ts';
import { type Home, startHome } from './home.ts';
import { startTime, waitForExit } from './process.ts';

// Below the range from which systems give out ports by themselves.
const portBase = 23_400;
const quick = { portBase, console: false, seed: false, quiet: true } as const;
const temporary = () => mkdtempSync(join(tmpdir(), 'home-'));

const command = (name: 'start' | 'status' | 'reset', dataDir: string, args: string[] = []) =>
  runCommand(name, { dataDir, portBase }, args);

describe('a home', () => {
  let dataDir: string;
  let home: Home;

  beforeAll(async () => {
    dataDir = temporary();
    home = await startHome({ ...quick, dataDir });
  }, 120_000);
  afterAll(async () => {
    await home?.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  test('has applied every migration', async () => {
    const [row] = await home.sql`select count(*)::int as count from supabase_migrations.schema_migrations`;
    expect(row?.['count']).toBeGreaterThan(0);
  });

  test('lets an edge function reach the database', async () => {
    const response = await fetch(`${home.config.urls.api}/functions/v1/health`);
    expect([response.status, await response.json()]).toMatchObject([200, { database: 'ok', schema: 'current' }]);
  });

  test('keeps the secrets of scheduled calls in the vault', async () => {
    const rows = await home.sql`select name, decrypted_secret from vault.decrypted_secrets
        where name in ('cron_secret', 'project_url') order by name`;
    expect([...rows]).toEqual([
      { name: 'cron_secret', decrypted_secret: expect.stringMatching(/^.{40,}$/) as string },
      { name: 'project_url', decrypted_secret: home.config.urls.api },
    ]);
  });

  test('is described by status as JSON, in these fields and no others', async () => {
    const { code, output } = await command('status', dataDir, ['--json']).ended;
    expect(code).toBe(0);
    expect(JSON.parse(output)).toEqual({
      api_url: `http://127.0.0.1:${portBase + 1}`,
      db_url: home.config.db.url,
      mailbox_url: `http://127.0.0.1:${portBase + 4}`,
      stripe_url: `http://127.0.0.1:${portBase + 6}`,
      messengers_url: `http://127.0.0.1:${portBase + 7}`,
      studio_url: `http://127.0.0.1:${portBase + 3}`,
      publishable_key: home.keys.publishable,
      secret_key: home.keys.secret,
      answering: { api: true, db: true, studio: true, mailbox: true, stripe: true, messengers: true },
      [ownDefinition.accounts!.field]: [],
    });
  });

  test('is described by status part by part, with its secrets', async () => {
    const { output } = await command('status', dataDir).ended;
    expect(output).toContain(home.keys.secret);
    expect(output).toContain(home.config.db.url);
    expect(output).not.toContain('no answer');
    expect(Math.max(...output.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  test('is not removed by reset while it runs', async () => {
    const { code, output } = await command('reset', dataDir).ended;
    expect([code, output]).toEqual([1, expect.stringContaining('is running') as string]);
    expect(existsSync(join(dataDir, 'postgres'))).toBe(true);
  });

  test('refuses a second start on the same folder', async () => {
    const { code, output } = await command('start', dataDir).ended;
    expect([code, output]).toEqual([1, expect.stringContaining('already running') as string]);
  });
});

describe('commands', () => {
  let dataDir: string;
  beforeEach(() => void (dataDir = temporary()));
  afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

  test('status fails when nothing runs', async () => {
    expect((await command('status', dataDir, ['--json']).ended).code).toBe(1);
  });

  test('start names a folder that cannot be written to, before anything starts', async () => {
    const file = join(dataDir, 'file');
    writeFileSync(file, '');
    const { code, output } = await command('start', join(file, 'below')).ended;
    expect([code, output]).toEqual([
      1,
      expect.stringMatching(new RegExp(`below cannot be written to.*${variables.dataDir}`)) as string,
    ]);
    expect(output).not.toContain('Starting');
  });

  test('start tells a home whose API does not answer from one that runs; status tells which parts do', async () => {
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    await new Promise((spawned) => other.once('spawn', spawned));
    writeFileSync(join(dataDir, 'home.lock'), JSON.stringify({ pid: other.pid, startedAt: startTime(other.pid ?? 0) }));
    const mailbox = createHttpServer((_, response) => response.end()).listen(portBase + 4, '127.0.0.1');
    const on = (offset: number) => `http://127.0.0.1:${portBase + offset}`;
    const addresses = { api_url: on(1), mailbox_url: on(4), db_url: `postgresql://a:b@127.0.0.1:${portBase + 2}/c` };
    writeFileSync(join(dataDir, 'home.json'), JSON.stringify(addresses));
    const start = await command('start', dataDir).ended;
    const status = await command('status', dataDir, ['--json']).ended;
    mailbox.close();
    other.kill();
    expect([start.code, start.output]).toEqual([
      1,
      expect.stringContaining(`(process ${other.pid}), and its API does not answer`) as string,
    ]);
    expect([status.code, JSON.parse(status.output)]).toMatchObject([
      3,
      { answering: { api: false, db: false, mailbox: true } },
    ]);
  });

  test('start names a taken port and the variable that moves it', async () => {
    const taken = createServer().listen(resolvePorts(portBase).mailbox, '127.0.0.1');
    const { code, output } = await command('start', dataDir).ended;
    await new Promise((closed) => taken.close(closed));
    expect([code, output]).toEqual([
      1,
      expect.stringMatching(new RegExp(`Port ${portBase + 4} \\(mailbox\\).*${variables.portBase}`)) as string,
    ]);
  });

  test('a killed home is repaired by the next start; Ctrl-C keeps the data; reset removes it', async () => {
    const killed = await startAndKill(dataDir);
    const second = await startHome({ ...quick, dataDir });
    expect(await second.sql`select from supabase_migrations.schema_migrations`).not.toHaveLength(0);
    expect(second.keys.secret).toBe(killed.secret);
    await second.stop();
    expect((await command('reset', dataDir).ended).code).toBe(0);
    expect(existsSync(join(dataDir, 'postgres'))).toBe(false);
  }, 120_000);
});

/** In a process of its own, because SIGKILL is to be the end of it. */
async function startAndKill(dataDir: string): Promise<{ secret: string }> {
  const script = `import { startHome } from ${JSON.stringify(new URL('./home.ts', import.meta.url).href)};
    const home = await startHome(${JSON.stringify({ ...quick, dataDir })});
    console.log('READY' + home.keys.secret);`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  const secret = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      const found = /READY(\S+)/.exec(output)?.[1];
      if (found) resolve(found);
    });
    child.once('close', () => reject(new Error(`ended before it was ready: ${output}`)));
  });
  child.kill('SIGKILL');
  await waitForExit(child.pid ?? 0, 5000);
  // PostgreSQL outlives the kill: that is what the next start has to repair.
  expect(readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8')).not.toBe('');
  return { secret };
}
