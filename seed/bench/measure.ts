export interface Distribution {
  p50: number;
  p95: number;
  p99: number;
  max: number;
}

export function distribution(values: number[]): Distribution {
  const sorted = [...values].sort((one, other) => one - other);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: sorted.at(-1) ?? Number.NaN };
}

export const median = (values: number[]): number => distribution(values).p50;

/** Runs `work` in `concurrency` loops for so many seconds → runs a second. */
export async function throughput(
  work: (loop: number) => Promise<unknown>,
  options: { concurrency: number; seconds: number },
): Promise<number> {
  const until = performance.now() + options.seconds * 1000;
  const startedAt = performance.now();
  let runs = 0;
  await Promise.all(
    Array.from({ length: options.concurrency }, async (_, loop) => {
      while (performance.now() < until) {
        await work(loop);
        runs += 1;
      }
    }),
  );
  return runs / ((performance.now() - startedAt) / 1000);
}

/** Starts `work` at a fixed rate whatever the answers take, so that waiting is counted → milliseconds each took. */
export async function openLoop(
  work: (run: number) => Promise<unknown>,
  options: { perSecond: number; seconds: number },
): Promise<number[]> {
  const total = options.perSecond * options.seconds;
  const latencies: number[] = [];
  const startedAt = performance.now();
  await new Promise<void>((resolve, reject) => {
    let started = 0;
    const tick = () => {
      const due = Math.min(total, Math.floor(((performance.now() - startedAt) / 1000) * options.perSecond) + 1);
      for (; started < due; started += 1) {
        const intended = startedAt + (started / options.perSecond) * 1000;
        work(started).then(() => {
          latencies.push(performance.now() - intended);
          if (latencies.length === total) resolve();
        }, reject);
      }
      if (started < total) setTimeout(tick, 1);
    };
    tick();
  });
  return latencies;
}

export async function timed<T>(work: () => Promise<T>): Promise<[result: T, milliseconds: number]> {
  const startedAt = performance.now();
  const result = await work();
  return [result, performance.now() - startedAt];
}
