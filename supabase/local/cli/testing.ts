import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { repositoryRoot } from '../config.ts';
import { variables } from '../environment.ts';

export interface Ended {
  code: number | null;
  output: string;
}

/** A command as a person types it, on a home of its own. */
export function command(
  name: 'start' | 'status' | 'reset',
  home: { dataDir: string; portBase: number },
  args: string[] = [],
): { ended: Promise<Ended> } {
  const child = spawn(process.execPath, [join(repositoryRoot, 'supabase', 'local', 'bin', `${name}.mjs`), ...args], {
    env: { ...process.env, [variables.dataDir]: home.dataDir, [variables.portBase]: String(home.portBase) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return { ended: new Promise((resolve) => child.once('close', (code) => resolve({ code, output }))) };
}
