import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { repositoryRoot } from '../config.ts';
import { HomeError } from '../errors.ts';
import { childEnvironment } from '../process.ts';

const cli = (root: string) =>
  join(root, 'node_modules', '.bin', process.platform === 'win32' ? 'supabase.cmd' : 'supabase');

/** Runs the official CLI; it never asks and never reports home. */
function supabase(args: string[], workdir: string): Promise<void> {
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
      if (code === 0) return resolve();
      const command = `supabase ${args.filter((arg) => !arg.includes('postgresql://')).join(' ')}`;
      reject(new HomeError('CLI_FAILED', `${command} failed (exit code ${code}):\n${`${errors}\n${output}`.trim()}`));
    });
  });
}

/** Applies the pending migrations as the role of the URL (`postgres`: the rights of a hosted project). */
export async function migrate(url: string, workdir = repositoryRoot): Promise<void> {
  await supabase(['db', 'push', '--db-url', `${url}?sslmode=disable`, '--include-all', '--skip-vault'], workdir);
}
