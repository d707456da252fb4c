import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fail, quietEnvironment, root } from './install.mjs';

const known = [
  // Without a window of its own: half the work of the whole browser.
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

const works = (path) => existsSync(path) && spawnSync(path, ['--version'], { timeout: 20_000 }).status === 0;

function playwrightsOwn() {
  const { chromium } = createRequire(join(root, 'package.json'))('playwright');
  return chromium.executablePath();
}

const runVisibly = (command, args, env = {}) =>
  spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...quietEnvironment, ...env } })
    .status === 0;

/** A Chromium that runs: the one named, one that is there, Playwright's own, else Debian's package when root. */
export function findChromium() {
  const named = process.env.CHROMIUM_PATH;
  if (named) return works(named) ? named : fail(`CHROMIUM_PATH=${named} is not a browser that runs`);
  const present = () => known.find(works) ?? [playwrightsOwn()].find(works);
  const found = present();
  if (found) return found;
  console.log("No Chromium found: installing Playwright's …");
  runVisibly(process.execPath, [join(root, 'node_modules', 'playwright', 'cli.js'), 'install', 'chromium']);
  const installed = present();
  if (installed) return installed;
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    console.log("Playwright's Chromium could not be installed or run: installing Debian's package …");
    const env = { DEBIAN_FRONTEND: 'noninteractive' };
    runVisibly('apt-get', ['update', '-qq'], env);
    const install = (name) => runVisibly('apt-get', ['install', '-y', '-qq', '--no-install-recommends', name], env);
    if (!install('chromium-headless-shell')) install('chromium');
  }
  return present() ?? fail('The browser tests need a Chromium: install one and name it with CHROMIUM_PATH');
}
