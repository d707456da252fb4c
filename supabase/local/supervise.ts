import { setTimeout as delay } from 'node:timers/promises';

/** A part that runs outside this process. */
export interface Running {
  /** Resolves, with how, when it has ended. */
  ended: Promise<string>;
  stop(): Promise<void>;
}

export interface SuperviseOptions<T extends Running> {
  name: string;
  start(): Promise<T>;
  report(message: string): void;
  /** Waits between the starts; the last again and again. */
  delays?: number[];
}

export interface Supervised<T extends Running> {
  /** What runs now, or ran last. */
  readonly current: T;
  stop(): Promise<void>;
}

const usualDelays = [100, 250, 500, 1_000, 2_000, 5_000];
/** Who ran this long is not one that cannot: his next end counts as the first. */
const healthyMilliseconds = 30_000;

/** Starts a part, and again whenever it ends by itself. Only a failure of the first start is the caller's. */
export async function supervise<T extends Running>(options: SuperviseOptions<T>): Promise<Supervised<T>> {
  const { name, start, report, delays = usualDelays } = options;
  const stopping = new AbortController();
  let current = await start();

  const watch = async () => {
    let attempts = 0;
    while (!stopping.signal.aborted) {
      const since = Date.now();
      const how = await current.ended;
      if (stopping.signal.aborted) return;
      report(`${name} ended by itself (${how}); it is started again`);
      if (Date.now() - since > healthyMilliseconds) attempts = 0;
      for (let isUp = false; !isUp && !stopping.signal.aborted;) {
        const wait = delays[Math.min(attempts++, delays.length - 1)];
        await delay(wait, undefined, { signal: stopping.signal }).catch(() => undefined);
        if (stopping.signal.aborted) return;
        try {
          current = await start();
          isUp = true;
        } catch (error) {
          report(`${name} could not be started again: ${(error as Error).message}`);
        }
      }
    }
  };
  const watching = watch();
  let stopped: Promise<void> | undefined;
  const stop = async () => {
    stopping.abort();
    await current.stop();
    await watching;
    // It came up between the two.
    await current.stop();
  };
  return {
    get current() {
      return current;
    },
    stop: () => (stopped ??= stop()),
  };
}
