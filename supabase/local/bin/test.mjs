// Every test there is; the last line is `N passed, N failed`.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
const counted = (code, report, count) => {
  if (!existsSync(report)) return { passed: 0, failed: 1, skipped: 0 };
  const result = count(JSON.parse(readFileSync(report, 'utf8')));
  return { ...result, failed: code !== 0 && result.failed === 0 ? 1 : result.failed };
};

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
  return counted(code, report, ({ numPassedTests, numPendingTests, numTodoTests, testResults }) => {
    const failedTests = testResults
      .flatMap(({ assertionResults }) => assertionResults)
      .filter(({ status }) => status === 'failed').length;
    // A file that cannot be loaded has no test to count.
    const failedFiles = testResults.filter(
      ({ status, assertionResults }) =>
        status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
    ).length;
    return { passed: numPassedTests, failed: failedTests + failedFiles, skipped: numPendingTests + numTodoTests };
  });
}

/**
 * The browser tests make their home at once and wait for this file: with two cores, browsers beside the other tests
 * slow both.
 */
const startFile = join(reports, 'unit-tests-ended');

async function browserTests() {
  const config = join('web', 'e2e', 'playwright.config.ts');
  if (!existsSync(join(root, config))) return { passed: 0, failed: 0, skipped: 0 };
  const report = join(reports, 'playwright.json');
  const code = await run(
    [join(root, 'node_modules', 'playwright', 'cli.js'), 'test', '-c', config, '--reporter=list,json'],
    {
      CHROMIUM_PATH: findChromium(),
      E2E_START_FILE: startFile,
      PLAYWRIGHT_JSON_OUTPUT_NAME: report,
    },
  );
  return counted(code, report, ({ stats, errors }) => ({
    passed: stats.expected + stats.flaky,
    failed: stats.unexpected + (errors?.length ?? 0),
    skipped: stats.skipped,
  }));
}

const start = performance.now();
const parts = await Promise.all([unitTests().finally(() => writeFileSync(startFile, '')), browserTests()]);
rmSync(reports, { recursive: true, force: true });
const sum = (key) => parts.reduce((total, part) => total + part[key], 0);
const skipped = sum('skipped');
console.log(`\n${skipped > 0 ? `${skipped} skipped, ` : ''}${Math.round((performance.now() - start) / 1000)} s`);
console.log(`${sum('passed')} passed, ${sum('failed')} failed`);
process.exit(sum('failed') === 0 ? 0 : 1);
