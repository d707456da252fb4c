import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startHome } from '@whatautosys/local';
import { findProject } from '@whatautosys/local/config';

/**
 * Somebody else's suites against the embedded home. A suite is a folder with a `package.json` whose `test` script
 * runs it, installed already, and with `supabase/` (`config.toml`, `migrations/`) as the project it expects. It is
 * told of the home by the variables an edge function gets.
 */
export async function runSuites(folder: string, portBase: number): Promise<string> {
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, 'package.json')))
    .map(({ name }) => name)
    .sort();
  if (names.length === 0) throw new Error(`No suite in ${folder}: a suite is a folder with a package.json`);
  const failed: string[] = [];
  for (const name of names) if (!(await runSuite(resolve(folder, name), portBase))) failed.push(name);
  if (failed.length > 0) throw new Error(`${failed.length} of ${names.length} suites failed: ${failed.join(', ')}`);
  return `${names.length} suites passed: ${names.join(', ')}`;
}

async function runSuite(folder: string, portBase: number): Promise<boolean> {
  const dataDir = mkdtempSync(join(tmpdir(), 'endure-'));
  const project = await findProject(join(folder, 'supabase'));
  const home = await startHome({ project, portBase, dataDir, studio: false, quiet: true });
  try {
    const child = spawn('npm', ['test'], {
      cwd: folder,
      stdio: 'inherit',
      env: {
        ...process.env,
        SUPABASE_URL: home.config.urls.api,
        SUPABASE_DB_URL: home.config.db.url,
        SUPABASE_PUBLISHABLE_KEY: home.keys.publishable,
        SUPABASE_SECRET_KEY: home.keys.secret,
        SUPABASE_ANON_KEY: home.keys.legacyAnon,
        SUPABASE_SERVICE_ROLE_KEY: home.keys.legacyServiceRole,
        SUPABASE_JWT_SECRET: home.keys.legacySecret,
      },
    });
    return (await new Promise<number | null>((ended) => child.once('close', ended))) === 0;
  } finally {
    await home.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}
