import { fork } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { repositoryRoot } from './config.ts';

/** A Vite project that somebody else owns, and a data folder of one's own. */
let folder: string;
let data: string;
const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

const config = `import { writeFile } from 'node:fs/promises';
import { writeFileSync } from 'node:fs';
const name: string = 'writes';
export default { plugins: [{ name, config: () => {
  if (process.env['NEEDS']) writeFileSync(process.env['NEEDS'], '');
  void writeFile(new URL('./types.d.ts', import.meta.url), '');
} }] };
`;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'read-only-'));
  data = mkdtempSync(join(tmpdir(), 'read-only-data-'));
  mkdirSync(join(folder, 'node_modules'));
  const vite = createRequire(join(repositoryRoot, 'web', 'package.json')).resolve('vite/package.json');
  symlinkSync(dirname(vite), join(folder, 'node_modules', 'vite'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(join(folder, 'vite.config.ts'), config);
  writeFileSync(join(folder, 'index.html'), '<p>page</p>');
  for (const path of [join(folder, 'node_modules'), folder]) chmodSync(path, 0o555);
  chmodSync(data, 0o777);
});
afterEach(() => {
  for (const path of [folder, join(folder, 'node_modules')]) chmodSync(path, 0o755);
  for (const path of [folder, data]) rmSync(path, { recursive: true, force: true });
});

function runConsole(mode: 'check' | 'dev', port: number, env: Record<string, string> = {}) {
  const args = [mode, folder, String(port), join(data, 'console'), join(data, 'vite')];
  const child = fork(join(import.meta.dirname, 'console-process.mjs'), args, {
    cwd: folder,
    execArgv: [],
    silent: true,
    env: { ...process.env, ...env },
    ...nobody,
  });
  const told = new Promise<unknown>((resolve) => {
    child.once('message', resolve);
    child.once('exit', (code) => resolve(`ended with ${code}`));
  });
  return { child, told };
}

test('in a checkout of somebody else the console is served, and what it keeps is in the data folder', async () => {
  const port = 23_480;
  const { child, told } = runConsole('dev', port);
  try {
    expect(await told).toEqual({ ready: true });
    const page = await fetch(`http://127.0.0.1:${port}/`);
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('<p>page</p>') as string]);
    expect(existsSync(join(data, 'vite'))).toBe(true);
    expect(readdirSync(folder)).not.toContain('types.d.ts');
    expect(child.exitCode).toBeNull();
  } finally {
    child.kill('SIGKILL');
  }
});

test('what a plugin must write there is named, and not in a stack', async () => {
  const needed = join(folder, 'node_modules', 'made');
  const { child, told } = runConsole('check', 23_481, { NEEDS: needed });
  expect(await told).toMatchObject({ denied: needed });
  child.disconnect();
});
