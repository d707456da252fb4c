import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { repositoryRoot } from '../config.ts';

/** A fresh clone: the commands, a lockfile, and an npm that does as the test says. */
let clone: string;
const bin = join('supabase', 'local', 'bin');

const { scripts } = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};
const commands = Object.entries(scripts).flatMap(([name, command]) => {
  const file = /^node supabase\/local\/bin\/(\S+)$/.exec(command)?.[1];
  return file && name !== 'postinstall' ? [file] : [];
});

beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'clone-'));
  mkdirSync(join(clone, bin), { recursive: true });
  for (const file of readdirSync(import.meta.dirname).filter((name) => name.endsWith('.mjs')))
    copyFileSync(join(import.meta.dirname, file), join(clone, bin, file));
  writeFileSync(join(clone, 'package-lock.json'), '{"packages":{}}');
});
afterEach(() => rmSync(clone, { recursive: true, force: true }));

function run(file: string, npm: string) {
  writeFileSync(join(clone, 'npm.js'), `require('node:fs').appendFileSync('runs', '.');\n${npm}`);
  const env = { ...process.env, npm_execpath: join(clone, 'npm.js') };
  const { status, stderr } = spawnSync(process.execPath, [join(clone, bin, file)], {
    cwd: clone,
    env,
    encoding: 'utf8',
  });
  return { status, stderr, runs: existsSync(join(clone, 'runs')) ? readFileSync(join(clone, 'runs'), 'utf8') : '' };
}

test('the commands are found', () => expect(commands).toContain('start.mjs'));

test.each(commands.filter((file) => file !== 'status.mjs'))('%s installs first in a fresh clone', (file) => {
  const { status, stderr, runs } = run(file, `console.error('npm error code ENOTFOUND'); process.exit(1);`);
  expect([status, runs]).toEqual([1, '.']);
  expect(stderr).toContain('npm ci failed: the package registry cannot be reached; is this machine online?');
  expect(stderr).not.toContain('    at ');
});

test('status.mjs installs nothing', () => {
  const { status, stderr, runs } = run('status.mjs', '');
  expect([status, runs, stderr]).toEqual([1, '', expect.stringContaining('Start with npm start') as string]);
});

test.each(commands.filter((file) => file !== 'test.mjs'))('%s tells in one line what a package lacks', (file) => {
  const driver = join(clone, 'node_modules', 'postgres');
  mkdirSync(driver, { recursive: true });
  writeFileSync(join(clone, 'node_modules', '.package-lock.json'), '{"packages":{}}');
  writeFileSync(join(driver, 'package.json'), '{"version":"3.4.9"}');
  const { status, stderr } = run(file, '');
  expect([status, stderr.trim().split('\n')]).toEqual([
    1,
    [expect.stringMatching(/^What is in node_modules is not complete: .*connection\.js.*Run npm ci, then this again$/)],
  ]);
});
