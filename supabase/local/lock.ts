import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureDataDir } from './config.ts';
import { alreadyRunning } from './errors.ts';
import { startTime } from './process.ts';

export interface LockHolder {
  pid: number;
  startedAt: string;
}

const held = new Map<string, number>();
const lockPath = (dataDir: string) => join(dataDir, 'home.lock');

/**
 * The live process that holds the data folder; a lock left by a killed run, or by a pid reused since, counts as
 * none.
 */
export function lockHolder(dataDir: string): LockHolder | undefined {
  try {
    const holder = JSON.parse(readFileSync(lockPath(dataDir), 'utf8')) as LockHolder;
    return startTime(holder.pid) === holder.startedAt ? holder : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Takes the data folder for this process; taking it again in the same process is counted. */
export function acquireLock(dataDir: string): () => void {
  ensureDataDir(dataDir);
  const count = held.get(dataDir) ?? 0;
  if (count === 0) claim(dataDir);
  held.set(dataDir, count + 1);
  let released = false;
  return () => {
    if (released) return;
    released = true;
    const left = (held.get(dataDir) ?? 1) - 1;
    held.set(dataDir, left);
    if (left === 0) rmSync(lockPath(dataDir), { force: true });
  };
}

function claim(dataDir: string): void {
  const text = JSON.stringify({ pid: process.pid, startedAt: startTime(process.pid) ?? '' });
  for (let attempt = 0; ; attempt += 1) {
    try {
      writeFileSync(lockPath(dataDir), text, { flag: 'wx' });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || attempt > 0) throw error;
      const holder = lockHolder(dataDir);
      if (holder) throw alreadyRunning(dataDir, holder.pid);
      rmSync(lockPath(dataDir), { force: true });
    }
  }
}
