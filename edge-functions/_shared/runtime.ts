import { logError } from './log.ts';

/** The platform keeps a worker alive for work it is told of; a plain Deno process lives on anyway. */
export function waitUntil(work: Promise<unknown>): void {
  const logged = work.catch((error) => logError('work after the answer failed', error));
  (globalThis as { EdgeRuntime?: { waitUntil(work: Promise<unknown>): void } }).EdgeRuntime?.waitUntil(logged);
}
