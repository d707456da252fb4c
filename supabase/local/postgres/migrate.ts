import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../config.ts';
import { HomeError } from '../errors.ts';
import { childEnvironment } from '../process.ts';

const cli = (root: string) => join(root, 'node_modules', '.bin', process.platform === 'win32' ? 'supabase.cmd' : 'supabase');

/** Runs the official CLI and returns its standard output; it never asks and never reports home. */
export function supabase(args: string[], workdir = repositoryRoot): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(cli(repositoryRoot), [...args, '--workdir', workdir, '--yes', '--agent', 'no'], {
      cwd: workdir,
      env: childEnvironment({ CI: '1', NO_COLOR: '1' }),
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    });
    let output = '';
    let errors = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) return resolve(output);
      const command = `supabase ${args.filter((arg) => !arg.includes('postgresql://')).join(' ')}`;
      reject(new HomeError('CLI_FAILED', `${command} failed (exit code ${code}):\n${`${errors}\n${output}`.trim()}`));
    });
  });
}

/** Version 3 of the CLI renamed the flag, and generates types without Docker. */
function connection(url: string): { flags: string[]; major: number } {
  const { version } = JSON.parse(readFileSync(join(repositoryRoot, 'node_modules', 'supabase', 'package.json'), 'utf8')) as { version: string };
  const major = Number.parseInt(version, 10);
  const address = `${url}?sslmode=disable`;
  return { major, flags: major >= 3 ? [`--remote=${address}`] : ['--db-url', address] };
}

/** Applies the pending migrations as the role of the URL (`postgres`: the rights of a hosted project). */
export async function migrate(url: string, workdir = repositoryRoot): Promise<void> {
  await supabase(['db', 'push', ...connection(url).flags, '--include-all', '--skip-vault'], workdir);
}

export async function genTypes(url: string, target = join(repositoryRoot, 'web', 'src', 'shared', 'database.types.ts')): Promise<void> {
  const { flags, major } = connection(url);
  if (major < 3) throw new HomeError('CLI_TOO_OLD', `Generating types without Docker needs version 3 of the supabase CLI, and version ${major} is installed`);
  const types = await supabase(['gen', 'types', ...flags, '--lang', 'typescript', '--schema', 'public']);
  writeFileSync(target, types);
}
