import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { ownProject, repositoryRoot } from '../config.ts';
import { HomeError } from '../errors.ts';
import { childEnvironment } from '../process.ts';

export const cliProgram = join(repositoryRoot, 'node_modules', '.bin', 'supabase');

function run(args: string[], workdir: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(cliProgram, [...args, '--workdir', workdir, '--yes', '--agent', 'no'], {
      cwd: workdir,
      env: childEnvironment({ CI: '1', NO_COLOR: '1' }),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let errors = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) return resolve(output);
      if (/(unrecognized|unknown) flag: --remote/i.test(errors))
        return reject(
          new HomeError('CLI_TOO_OLD', 'The Supabase CLI of this platform is older than 3.1.0, which the home needs'),
        );
      const command = `supabase ${args.filter((arg) => !/postgres(ql)?:\/\//.test(arg)).join(' ')}`;
      reject(new HomeError('CLI_FAILED', `${command} failed (exit code ${code}):\n${`${errors}\n${output}`.trim()}`));
    });
  });
}

/** The CLI looks for a folder named `supabase` in its working directory. */
async function inWorkdir<T>(projectFolder: string, work: (workdir: string) => Promise<T>): Promise<T> {
  if (basename(projectFolder) === 'supabase') return work(dirname(projectFolder));
  const workdir = mkdtempSync(join(tmpdir(), 'home-project-'));
  try {
    symlinkSync(projectFolder, join(workdir, 'supabase'), 'junction');
    return await work(workdir);
  } finally {
    rmSync(workdir, { recursive: true, force: true });
  }
}

export const isLocal = (url: string) => ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(url).hostname);

/** Runs the official CLI against a database; it never asks and never reports home. → its output */
export function supabaseCli(args: string[], url: string, projectFolder = ownProject): Promise<string> {
  const target = new URL(url);
  // The embedded server has no certificate.
  if (isLocal(url)) target.searchParams.set('sslmode', 'disable');
  return inWorkdir(projectFolder, (workdir) => run([...args, `--remote=${target.href}`], workdir));
}
