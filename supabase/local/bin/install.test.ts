import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isAlive, waitForExit } from '../process.ts';

/** A checkout of two packages, and an npm that does as the test says. */
let folder: string;
const running = new Set<ChildProcess>();

const packages = { 'node_modules/a': { version: '1.0.0' }, 'node_modules/b': { version: '2.0.0' } };
const modules = () => join(folder, 'node_modules');
const lock = () => join(folder, '.npm-ci.lock');
const runs = () => (existsSync(join(folder, 'runs')) ? readFileSync(join(folder, 'runs'), 'utf8').length : 0);

/** As npm: clears, unpacks one after the other, and says last what is there. */
const npm = `
const fs = require('node:fs');
fs.appendFileSync('runs', '.');
const [how] = process.argv.slice(2);
fs.rmSync('node_modules', { recursive: true, force: true });
const put = (name) => { fs.mkdirSync('node_modules/' + name, { recursive: true });
  fs.writeFileSync('node_modules/' + name + '/package.json', '{}'); };
const end = () => { put('b'); fs.copyFileSync('package-lock.json', 'node_modules/.package-lock.json'); };
put('a');
const first = fs.readFileSync('runs', 'utf8').length === 1;
if (how === 'waits' && first) {
  fs.writeFileSync('waiting', '');
  process.on('SIGINT', () => setTimeout(() => process.exit(1), 300));
  setInterval(() => { if (fs.existsSync('go')) { end(); process.exit(0); } }, 20);
} else if (how === 'half' && first) {
  end();
  fs.rmSync('node_modules/b', { recursive: true });
} else if (how.startsWith('E')) { console.error('npm error code ' + how); process.exit(1); }
else end();
`;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'install-'));
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ packages }));
  writeFileSync(join(folder, 'npm.cjs'), npm);
  // Where another account may read it too.
  copyFileSync(new URL('./install.mjs', import.meta.url), join(folder, 'install.mjs'));
});
afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
  running.clear();
  rmSync(folder, { recursive: true, force: true });
});

function start(how: string, account: { uid?: number; gid?: number } = {}) {
  const script = `import { ensureInstalled } from ${JSON.stringify(pathToFileURL(join(folder, 'install.mjs')).href)};
    await ensureInstalled({ folder: ${JSON.stringify(folder)}, check: () => undefined,
      npm: [process.execPath, ${JSON.stringify(join(folder, 'npm.cjs'))}, ${JSON.stringify(how)}] });
    console.log('READY');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: folder,
    ...account,
  });
  running.add(child);
  let output = '';
  child.stdout.on('data', (chunk) => (output += String(chunk)));
  child.stderr.on('data', (chunk) => (output += String(chunk)));
  const ended = new Promise<{ code: number | null; output: string }>((resolve) =>
    child.once('close', (code) => resolve({ code, output })),
  );
  return { child, ended, output: () => output };
}

const isComplete = () =>
  expect([existsSync(join(modules(), 'a')), existsSync(join(modules(), 'b')), existsSync(lock())]).toEqual([
    true,
    true,
    false,
  ]);
const appears = (path: string) => expect.poll(() => existsSync(join(folder, path)), { timeout: 10_000 }).toBe(true);

test('what is missing is installed once, and not again', async () => {
  expect(await start('works').ended).toMatchObject({ code: 0, output: expect.stringContaining('READY') as string });
  isComplete();
  expect(await start('works').ended).toEqual({ code: 0, output: 'READY\n' });
  expect(runs()).toBe(1);
});

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s waits for npm to end; the next start works', async (signal) => {
  const first = start('waits');
  await appears('waiting');
  const { npm: pid } = JSON.parse(readFileSync(lock(), 'utf8')) as { npm: number };
  first.child.kill(signal);
  expect(await first.ended).toMatchObject({ code: 130 });
  expect([isAlive(pid), existsSync(lock())]).toEqual([false, false]);
  expect(await start('works').ended).toMatchObject({ code: 0 });
  isComplete();
});

test('two starts at once install once', async () => {
  const first = start('waits');
  await appears('waiting');
  const second = start('waits');
  await expect.poll(second.output, { timeout: 10_000 }).toContain('being installed already');
  writeFileSync(join(folder, 'go'), '');
  expect((await Promise.all([first.ended, second.ended])).map(({ code }) => code)).toEqual([0, 0]);
  expect(runs()).toBe(1);
  isComplete();
});

test('an npm that outlived its killed start is waited for', async () => {
  const first = start('waits');
  await appears('waiting');
  first.child.kill('SIGKILL');
  await waitForExit(first.child.pid!, 5_000);
  const second = start('works');
  await expect.poll(second.output, { timeout: 10_000 }).toContain('being installed already');
  writeFileSync(join(folder, 'go'), '');
  expect((await second.ended).code).toBe(0);
  isComplete();
});

test.each(['', '{"start"', '{"start":999999999}'])('a lock that nobody holds (%s) is none', async (text) => {
  writeFileSync(lock(), text);
  expect((await start('works').ended).code).toBe(0);
  isComplete();
});

test('a half installation, whatever its own list says, is installed anew', async () => {
  mkdirSync(join(modules(), 'a'), { recursive: true });
  writeFileSync(join(modules(), 'a', 'package.json'), '{}');
  writeFileSync(join(modules(), '.package-lock.json'), JSON.stringify({ packages }));
  expect((await start('works').ended).code).toBe(0);
  isComplete();
});

test.each([
  ['an emptied package.json', ''],
  ['a cut off package.json', '{"main"'],
  ['no file that its package.json names', '{"main":"lib","exports":{".":{"import":"./lib/index.mjs"}}}'],
])('%s is installed anew', async (_, text) => {
  await start('works').ended;
  writeFileSync(join(modules(), 'a', 'package.json'), text);
  expect(await start('works').ended).toMatchObject({ code: 0, output: expect.stringContaining('READY') as string });
  expect([runs(), readFileSync(join(modules(), 'a', 'package.json'), 'utf8')]).toEqual([2, '{}']);
});

test.each(['{"main":"lib"}', '{"exports":{"./*":"./*.js"}}', '{"bin":{"a":"gone"},"types":"lib.d.ts"}'])(
  'a package of %s whose file is there is left alone',
  async (text) => {
    await start('works').ended;
    writeFileSync(join(modules(), 'a', 'package.json'), text);
    for (const file of ['lib.js', 'lib.d.ts']) writeFileSync(join(modules(), 'a', file), '');
    expect(await start('works').ended).toEqual({ code: 0, output: 'READY\n' });
    expect(runs()).toBe(1);
  },
);

test('an npm that leaves something out gets a second try from scratch', async () => {
  const { code, output } = await start('half').ended;
  expect([code, runs(), output]).toEqual([0, 2, expect.stringContaining('once more from scratch') as string]);
  isComplete();
});

test.each([
  ['ENOSPC', 'no disk space', 1],
  ['EACCES', 'may not write', 1],
  ['ENOTFOUND', 'registry cannot be reached', 1],
  ['EUSAGE', 'do not agree', 1],
  ['EOTHER', 'see above', 2],
])('%s is told as it is', async (code, reason, attempts) => {
  const ended = await start(code).ended;
  expect([ended.code, ended.output, runs()]).toEqual([1, expect.stringContaining(reason) as string, attempts]);
  expect(existsSync(lock())).toBe(false);
});

test('a checkout that may not be written to is told before npm runs', async () => {
  const asNobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  chmodSync(folder, 0o555);
  const ended = await start('works', asNobody).ended;
  chmodSync(folder, 0o700);
  expect([ended.code, ended.output, runs()]).toEqual([1, expect.stringContaining('may not write') as string, 0]);
});
