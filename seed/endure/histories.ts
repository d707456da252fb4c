import { spawn } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** Tests of the daily run, told to try much more. */
async function runTests(
  file: string,
  environment: Record<string, string>,
  project = 'supabase',
): Promise<number | null> {
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const child = spawn(process.execPath, [vitest, 'run', '--project', project, file], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...environment },
  });
  return new Promise((ended) => child.once('close', ended));
}

/** Random histories of Stripe against mirror, licences and revenue, many more than the daily run tells. */
export async function tellHistories(count: number): Promise<string> {
  const code = await runTests('supabase/tests/stripe-history/stripe-history.test.ts', {
    STRIPE_HISTORIES: String(count),
  });
  if (code !== 0) throw new Error(`The histories failed (exit code ${code}); each names its seed`);
  return `${count} histories told`;
}

/** An account with a past of so many customers, read in by the first comparison. */
export async function readPast(customers: number): Promise<string> {
  const file = 'supabase/tests/stripe-history/account-with-past.test.ts';
  const code = await runTests(file, { STRIPE_PAST: String(customers) });
  if (code !== 0) throw new Error(`The past was not read in as it is (exit code ${code})`);
  return `${customers} customers read in, nobody told, nothing found the second time`;
}

/** Inserts that commit at once, and under a token that is renewed all the while: each must reach who follows. */
export async function followChanges(count: number): Promise<string> {
  const code = await runTests('supabase/local/gateway/realtime/no-change-lost.test.ts', {
    REALTIME_CHANGES: String(count),
  });
  if (code !== 0) throw new Error(`Changes were lost (exit code ${code})`);
  return `${count} changes followed twice, none lost`;
}

/** Backends and servers of PostgreSQL killed under a home, which the daily run leaves out: it takes a minute. */
export async function stayAlive(): Promise<string> {
  const code = await runTests('seed/endure/life.endure.ts', { ENDURE: '1' }, 'endure');
  if (code !== 0) throw new Error(`The home did not live through it (exit code ${code})`);
  return 'killed backends and servers ended nothing';
}

/** Random texts asked of the log: the database and the console read each alike, and refuse it the same way. */
export async function readQueries(count: number): Promise<string> {
  const code = await runTests('supabase/tests/log-queries.test.ts', { LOG_QUERIES: String(count) });
  if (code !== 0) throw new Error(`Queries were read otherwise (exit code ${code}); the failure names its seed`);
  return `${count} queries read alike, none failed`;
}
