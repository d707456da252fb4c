import { setTimeout as sleep } from 'node:timers/promises';

/** Asks until it is so, half a minute at most unless told otherwise. */
export async function until(what: string, isSo: () => Promise<boolean>, seconds = 30): Promise<void> {
  const deadline = Date.now() + seconds * 1_000;
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
  throw new Error(`Not within ${seconds} s: ${what}`, { cause: reason });
}
