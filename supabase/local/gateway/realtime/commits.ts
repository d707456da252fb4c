import { setTimeout as delay } from 'node:timers/promises';
import type { Sql } from 'postgres';

interface Snapshot {
  xmin: bigint;
  xmax: bigint;
  running: ReadonlySet<bigint>;
}

/** Between two looks, growing: most transactions are there at the first. */
const pauses = [0, 1, 1, 2, 5, 10, 25];

/**
 * Which transactions other sessions see. The server sends a commit's changes as soon as they are in its log, and only
 * then takes the transaction off the list of the running ones: a policy asked at once would not find the row.
 */
export class Commits {
  #sql: Sql;
  #limitMilliseconds: number;
  #seen: Snapshot | undefined;

  constructor(sql: Sql, limitMilliseconds: number) {
    this.#sql = sql;
    this.#limitMilliseconds = limitMilliseconds;
  }

  /** Resolves once every later statement of any session sees all of them; fails when that takes too long. */
  async visible(xids: Iterable<number>): Promise<void> {
    const deadline = performance.now() + this.#limitMilliseconds;
    let missing = [...new Set(xids)].filter((xid) => !this.#isSeen(xid));
    for (let look = 0; missing.length > 0; look++) {
      if (look > 0) await delay(pauses[Math.min(look, pauses.length - 1)]);
      this.#seen = await this.#takeSnapshot();
      missing = missing.filter((xid) => !this.#isSeen(xid));
      if (missing.length > 0 && performance.now() > deadline)
        throw new Error(`Transactions ${missing.join(', ')} were committed and cannot be seen`);
    }
  }

  #isSeen(xid: number): boolean {
    return this.#seen !== undefined && isVisible(this.#seen, xid);
  }

  async #takeSnapshot(): Promise<Snapshot> {
    const sql = this.#sql;
    const [row] = await sql<{ text: string }[]>`select pg_current_snapshot()::text as text`;
    return parseSnapshot(row!.text);
  }
}

/** `xmin:xmax:xip,xip…`, as PostgreSQL writes a snapshot. */
export function parseSnapshot(text: string): Snapshot {
  const [xmin = '0', xmax = '0', running = ''] = text.split(':');
  return { xmin: BigInt(xmin), xmax: BigInt(xmax), running: new Set(running.split(',').filter(Boolean).map(BigInt)) };
}

/** The log has no epoch: meant is the number nearest to the snapshot's. */
export function isVisible({ xmin, xmax, running }: Snapshot, xid: number): boolean {
  const full = xmax + BigInt.asIntN(32, BigInt(xid) - xmax);
  return full < xmin || (full < xmax && !running.has(full));
}
