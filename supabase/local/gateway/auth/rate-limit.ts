import { authErrors } from './errors.ts';

interface Bucket {
  tokens: number;
  at: number;
}

const sweepAbove = 10_000;

/** Token bucket per key, in memory: the limits of one process's clients, as in GoTrue. */
export class RateLimit {
  readonly #capacity: number;
  readonly #perMillisecond: number;
  readonly #buckets = new Map<string, Bucket>();
  readonly #now: () => Date;

  constructor(options: { burst: number; perSeconds: number; now: () => Date; amount?: number }) {
    this.#capacity = options.burst;
    this.#perMillisecond = (options.amount ?? options.burst) / (options.perSeconds * 1000);
    this.#now = options.now;
  }

  /** Takes one token, or throws 429 with the seconds until the next one. */
  take(key: string, refuse: (seconds: number) => Error = authErrors.rateLimit): void {
    const now = this.#now().getTime();
    if (this.#buckets.size > sweepAbove) this.#sweep(now);
    const bucket = this.#buckets.get(key) ?? { tokens: this.#capacity, at: now };
    const tokens = this.#refilled(bucket, now);
    if (tokens < 1) throw refuse((1 - tokens) / this.#perMillisecond / 1000);
    this.#buckets.set(key, { tokens: tokens - 1, at: now });
  }

  /** Throws as `take` would, and takes nothing. */
  check(key: string, refuse: (seconds: number) => Error = authErrors.rateLimit): void {
    const bucket = this.#buckets.get(key);
    if (!bucket) return;
    const tokens = this.#refilled(bucket, this.#now().getTime());
    if (tokens < 1) throw refuse((1 - tokens) / this.#perMillisecond / 1000);
  }

  #refilled(bucket: Bucket, now: number): number {
    return Math.min(this.#capacity, bucket.tokens + Math.max(0, now - bucket.at) * this.#perMillisecond);
  }

  #sweep(now: number): void {
    for (const [key, bucket] of this.#buckets) {
      if (this.#refilled(bucket, now) >= this.#capacity) this.#buckets.delete(key);
    }
  }
}
