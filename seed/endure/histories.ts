import { spawn } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** Random histories of Stripe against mirror, licences and revenue, many more than the daily run tells. */
export async function tellHistories(count: number): Promise<string> {
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const args = [vitest, 'run', '--project', 'supabase', 'supabase/tests/stripe-history/stripe-history.test.ts'];
  const child = spawn(process.execPath, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, STRIPE_HISTORIES: String(count) },
  });
  const code = await new Promise<number | null>((ended) => child.once('close', ended));
  if (code !== 0) throw new Error(`The histories failed (exit code ${code}); each names its seed`);
  return `${count} histories told`;
}
