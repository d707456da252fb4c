import { setTimeout as sleep } from 'node:timers/promises';

/** Asks until it is so, half a minute at most. */
export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  let reason: unknown;
  while (Date.now() < deadline) {
    try {
      if (await isSo()) return;
      reason = undefined;
    } catch (error) {
      reason = error;
    }
    await sleep(200);
  }
  throw new Error(`Not within half a minute: ${what}`, { cause: reason });
}
