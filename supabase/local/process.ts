import { type ChildProcess, execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { portTaken } from './errors.ts';
import { portHolder } from './port-holder.ts';

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Field 22 of /proc/<pid>/stat; the second field is the program's name in brackets, and may hold spaces. */
const startTimeFromStat = (stat: string) => stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];

function inspect(pid: number, proc: () => string | undefined, ps: string): string | undefined {
  if (!isAlive(pid)) return undefined;
  try {
    if (existsSync('/proc/self/stat')) return proc();
    return execFileSync('ps', ['-o', `${ps}=`, '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    // It ended between the two looks.
    return undefined;
  }
}

export const commandLine = (pid: number) =>
  inspect(pid, () => readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim(), 'command');

/** When a running process started: pids are reused, so a live pid alone proves nothing. */
export const startTime = (pid: number) =>
  inspect(pid, () => startTimeFromStat(readFileSync(`/proc/${pid}/stat`, 'utf8')), 'lstart');

export async function waitForExit(pid: number, milliseconds: number): Promise<boolean> {
  const deadline = Date.now() + milliseconds;
  while (isAlive(pid)) {
    if (Date.now() > deadline) return false;
    await new Promise((resume) => setTimeout(resume, 50));
  }
  return true;
}

const portMilliseconds = 2_000;

/**
 * Waits a little for a port that is just being given back, or that a connection got by chance; then tells who has it.
 */
export async function assertPortFree(port: number, use: string, milliseconds = portMilliseconds): Promise<void> {
  const deadline = Date.now() + milliseconds;
  while (!(await isPortFree(port))) {
    if (Date.now() >= deadline) throw portTaken(port, use, portHolder(port));
    await new Promise((resume) => setTimeout(resume, 100));
  }
}

function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(false) : reject(error),
    );
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() =>
        address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port given')),
      );
    });
  });
}

const children = new Map<ChildProcess, NodeJS.Signals>();

/** However this process ends, short of SIGKILL, the child gets the signal. → forgets it */
export function endWithProcess(child: ChildProcess, signal: NodeJS.Signals): () => void {
  if (children.size === 0) process.on('exit', endChildren);
  children.set(child, signal);
  return () => {
    children.delete(child);
    if (children.size === 0) process.off('exit', endChildren);
  };
}

function endChildren(): void {
  for (const [child, signal] of children) child.kill(signal);
}

/** A terminal that was closed, or a pipe nobody reads, ends what is printed and nothing else. */
export function outliveOutput(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
}

/**
 * For a process that is the home's alone: what nobody caught is reported, and the rest goes on. → no longer so
 */
export function outliveStrays(report: (message: string, fields: Record<string, unknown>) => void): () => void {
  const onStray = (error: unknown) =>
    report('an error nobody expected; the home goes on', { error: String((error as Error)?.stack ?? error) });
  process.on('uncaughtException', onStray).on('unhandledRejection', onStray);
  return () => void process.off('uncaughtException', onStray).off('unhandledRejection', onStray);
}

const quiet: Record<string, string> = {
  DO_NOT_TRACK: '1',
  SUPABASE_TELEMETRY_DISABLED: '1',
  LITE_TELEMETRY: '0',
  DENO_NO_UPDATE_CHECK: '1',
  DENO_NO_PROMPT: '1',
  NO_UPDATE_NOTIFIER: '1',
  SENTRY_DSN: '',
};

/** The environment of every child tool: telemetry and update checks off. */
export const childEnvironment = (extra: Record<string, string> = {}): NodeJS.ProcessEnv => ({
  ...process.env,
  ...quiet,
  ...extra,
});

export function silenceTelemetry(): void {
  Object.assign(process.env, quiet);
}
