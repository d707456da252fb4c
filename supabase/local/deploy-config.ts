import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'smol-toml';
import { ownProject } from './config.ts';
import { HomeError } from './errors.ts';
import { cliProgram } from './postgres/cli.ts';

/** The block of `config.toml` that only a deployed project has. */
const remote = 'production';

const namesIn = (value: unknown): string[] => {
  if (typeof value === 'string') return /^env\((\w+)\)$/.exec(value)?.slice(1) ?? [];
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(namesIn) : [];
};

/** What `config.toml` takes from the environment. The CLI would push a name nobody has set as if it were the value. */
export const configVariables = (text: string): string[] => [...new Set(namesIn(parse(text)))].sort();

/**
 * `supabase config push` with the block for production over the file, to the project of SUPABASE_PROJECT_REF. Shows
 * what changes and asks first. → its exit code
 */
export function deployConfig(
  environment: Record<string, string | undefined>,
  args: string[],
  projectFolder = ownProject,
): Promise<number> {
  const ref = environment['SUPABASE_PROJECT_REF'] ?? '';
  if (!/^[a-z]{20}$/.test(ref))
    throw new HomeError('NO_PROJECT', `SUPABASE_PROJECT_REF must be the twenty letters of the project, got "${ref}"`);
  const missing = configVariables(readFileSync(join(projectFolder, 'config.toml'), 'utf8')).filter(
    (name) => !environment[name]?.trim(),
  );
  if (missing.length > 0) throw new HomeError('BAD_CONFIG', `Set what config.toml asks for: ${missing.join(', ')}`);
  const siteUrl = environment['CONSOLE_URL'];
  if (siteUrl !== undefined && (!URL.canParse(siteUrl) || siteUrl.endsWith('/')))
    throw new HomeError('BAD_CONFIG', `CONSOLE_URL must be an address without a slash at its end, got "${siteUrl}"`);
  return new Promise((resolve, reject) => {
    const child = spawn(
      cliProgram,
      ['config', 'push', `--remote=${ref}`, '--workdir', dirname(projectFolder), ...args],
      {
        env: { ...environment, [`SUPABASE_REMOTES_${remote.toUpperCase()}_PROJECT_ID`]: ref } as NodeJS.ProcessEnv,
        stdio: 'inherit',
        shell: process.platform === 'win32',
      },
    );
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}
