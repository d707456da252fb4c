// Every test there is; the last line is `N passed, N failed`.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { ensureInstalled, quietEnvironment, root } from './install.mjs';

await ensureInstalled();
const { findChromium } = await import('./chromium.mjs');

const reports = mkdtempSync(join(tmpdir(), 'home-reports-'));
const children = new Set();
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    for (const child of children) child.kill(signal);
  });
}

function run(args, env) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, ...quietEnvironment, ...env },
    });
    children.add(child);
    child.once('close', (code) => {
      children.delete(child);
      resolve(code ?? 1);
    });
  });
}

/** A runner that ends badly without naming a failed test has failed once all the same. */
const counted = (runner, code, report, count) => {
  if (!existsSync(report))
    return { passed: 0, skipped: 0, failures: [`${runner} wrote no report (exit code ${code})`] };
  const result = count(JSON.parse(readFileSync(report, 'utf8')));
  if (code !== 0 && result.failures.length === 0)
    result.failures.push(`${runner} ended with ${code}, for an error outside of any test: see above`);
  return result;
};
const firstLine = (text) => String(text ?? '').split('\n', 1)[0];

async function unitTests() {
  const report = join(reports, 'vitest.json');
  const code = await run(
    [
      join(root, 'node_modules', 'vitest', 'vitest.mjs'),
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
    ],
    {},
  );
  return counted('Vitest', code, report, ({ numPassedTests, numPendingTests, numTodoTests, testResults }) => ({
    passed: numPassedTests,
    skipped: numPendingTests + numTodoTests,
    failures: testResults.flatMap(({ name, status, message, assertionResults }) => {
      const failed = assertionResults.filter((test) => test.status === 'failed');
      const file = relative(root, name);
      // A file that cannot be loaded has no test to count.
      if (status === 'failed' && failed.length === 0) return [`${file}: ${firstLine(message)}`];
      return failed.map(({ fullName, failureMessages }) => `${file}: ${fullName}: ${firstLine(failureMessages[0])}`);
    }),
  }));
}

/** Suites hold suites and specs; a spec has one test a browser. */
const failedSpecs = ({ suites = [], specs = [] }) => [
  ...suites.flatMap(failedSpecs),
  ...specs.flatMap(({ file, title, tests }) =>
    tests.filter(({ status }) => status === 'unexpected').map(() => `web/e2e/${file}: ${title}`),
  ),
];

/**
 * The browser tests make their home at once and wait for this file: with two cores, browsers beside the other tests
 * slow both.
 */
const startFile = join(reports, 'unit-tests-ended');

async function browserTests() {
  const config = join('web', 'e2e', 'playwright.config.ts');
  if (!existsSync(join(root, config))) return { passed: 0, skipped: 0, failures: [] };
  const report = join(reports, 'playwright.json');
  const code = await run(
    [join(root, 'node_modules', 'playwright', 'cli.js'), 'test', '-c', config, '--reporter=list,json'],
    {
      CHROMIUM_PATH: findChromium(),
      E2E_START_FILE: startFile,
      PLAYWRIGHT_JSON_OUTPUT_NAME: report,
    },
  );
  return counted('Playwright', code, report, ({ stats, errors = [], suites }) => ({
    passed: stats.expected + stats.flaky,
    skipped: stats.skipped,
    failures: [...suites.flatMap(failedSpecs), ...errors.map(({ message }) => firstLine(message))],
  }));
}

const start = performance.now();
const parts = await Promise.all([unitTests().finally(() => writeFileSync(startFile, '')), browserTests()]);
rmSync(reports, { recursive: true, force: true });
const sum = (key) => parts.reduce((total, part) => total + part[key], 0);
const skipped = sum('skipped');
const failures = parts.flatMap((part) => part.failures);
for (const failure of failures) console.log(`failed: ${failure}`);
console.log(`\n${skipped > 0 ? `${skipped} skipped, ` : ''}${Math.round((performance.now() - start) / 1000)} s`);
console.log(`${sum('passed')} passed, ${failures.length} failed`);
process.exit(failures.length === 0 ? 0 : 1);
