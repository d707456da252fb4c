import { authErrors } from './errors.ts';

interface Failures {
  count: number;
  at: number;
}
interface Place extends Failures {
  pausedUntil: number;
}

const forgottenAfter = 300_000;
const freeFailures = 5;
const longestPause = 900;
const sweepAbove = 10_000;

/**
 * Wrong passwords make the next try wait, longer each time, by account and address: all failures of the account make
 * the pause grow, those from the address itself bound it. Whoever guesses is slowed down from every address he has
 * used; the account's owner, elsewhere, is asked for the password at once, for otherwise anybody could lock him out.
 */
export class PasswordPauses {
  readonly #accounts = new Map<string, Failures>();
  readonly #places = new Map<string, Place>();
  readonly #now: () => Date;

  constructor(now: () => Date) {
    this.#now = now;
  }

  /** Throws 429 during a pause. Counts as a failure until it succeeds: tries at the same moment see one another. */
  begin(account: string, address: string): { succeeded(): void } {
    const now = this.#now().getTime();
    const key = `${account} ${address}`;
    const pausedFor = (this.#places.get(key)?.pausedUntil ?? 0) - now;
    if (pausedFor > 0) throw authErrors.passwordPause(pausedFor / 1000);
    const ofAccount = remembered(this.#accounts.get(account), now) + 1;
    const here = remembered(this.#places.get(key), now) + 1;
    this.#sweep(now);
    this.#accounts.set(account, { count: ofAccount, at: now });
    this.#places.set(key, { count: here, at: now, pausedUntil: now + pauseSeconds(ofAccount, here) * 1000 });
    return {
      succeeded: () => {
        this.#places.delete(key);
        this.#accounts.set(account, { count: Math.max(0, ofAccount - here), at: now });
      },
    };
  }

  #sweep(now: number): void {
    for (const map of [this.#accounts, this.#places] as Map<string, Failures>[])
      if (map.size > sweepAbove) for (const [key, kept] of map) if (remembered(kept, now) === 0) map.delete(key);
  }
}

/** Five minutes after the last failure one is forgotten, then one each five minutes. */
const remembered = (failures: Failures | undefined, now: number) =>
  failures ? Math.max(0, failures.count - Math.floor((now - failures.at) / forgottenAfter)) : 0;

/** Two slips from an address cost sixteen seconds at most, however many others are guessing. */
const pauseSeconds = (ofAccount: number, here: number) =>
  ofAccount < freeFailures ? 0 : Math.min(2 ** (ofAccount - freeFailures), 4 ** here, longestPause);
