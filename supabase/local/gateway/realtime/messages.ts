import type { Sql } from 'postgres';
import type { Logger } from '../context.ts';
import type { Commits } from './commits.ts';
import type { RealtimeLimits } from './limits.ts';
import { sizeOf } from './records.ts';
import type { RowChange, Tuple } from './replication.ts';
import { roomOf, type Broadcast, type Rooms } from './rooms.ts';

export const isMessage = ({ relation }: RowChange) => relation.schema === 'realtime' && relation.name === 'messages';

/** Broadcasts from the database, in commit order: who hears of one and reads finds what it speaks of. */
export class MessageFeed {
  #rooms: Rooms;
  #log: Logger;
  #limits: RealtimeLimits;
  #commits: Commits;
  #queue: RowChange[] = [];
  #queuedBytes = 0;
  #working: Promise<void> | undefined;

  constructor(rooms: Rooms, log: Logger, limits: RealtimeLimits, commits: Commits) {
    this.#rooms = rooms;
    this.#log = log;
    this.#limits = limits;
    this.#commits = commits;
  }

  /** Resolves, when the backlog is full, once it is worked off. */
  push(change: RowChange): Promise<void> | void {
    this.#queue.push(change);
    this.#queuedBytes += sizeOf(change.new);
    this.#working ??= this.#work();
    if (this.#queuedBytes > this.#limits.backlogBytes) return this.#working;
  }

  async #work(): Promise<void> {
    // What arrives in one packet becomes one batch.
    await new Promise(setImmediate);
    while (this.#queue.length > 0) {
      const batch = this.#queue.splice(0, this.#limits.batchSize);
      for (const change of batch) this.#queuedBytes -= sizeOf(change.new);
      try {
        await this.#commits.visible(batch.map(({ xid }) => xid));
      } catch (error) {
        // They are committed, and nobody could be told of their loss.
        this.#log.error('realtime: broadcasts are sent before they can be seen', { error: String(error) });
      }
      for (const change of batch) deliverMessage(this.#rooms, change);
    }
    this.#working = undefined;
  }
}

/** A row of `realtime.messages` is a broadcast from the database, sent when its transaction has been committed. */
function deliverMessage(rooms: Rooms, { type, new: row }: RowChange): void {
  if (type !== 'INSERT' || row?.['extension'] !== 'broadcast' || typeof row['topic'] !== 'string') return;
  rooms.broadcast(roomOf(row['topic'], row['private'] === 't'), broadcastOf(row));
}

function broadcastOf(row: Tuple): Broadcast {
  const bytes = row['binary_payload'];
  return {
    event: row['event'] ?? '',
    payload: typeof bytes === 'string' ? Buffer.from(bytes.slice(2), 'hex') : (row['payload'] ?? 'null'),
    meta: { id: row['id'] },
  };
}

export interface Replay {
  since: number;
  limit: number;
}

const longestReplay = 25;

/** The newest messages from the database since then, oldest first. */
export async function replayMessages(sql: Sql, topic: string, { since, limit }: Replay): Promise<Broadcast[]> {
  const rows = await sql<{ id: string; event: string | null; payload: string | null; bytes: Buffer | null }[]>`
    select id, event, payload::text as payload, binary_payload as bytes from realtime.messages
    where topic = ${topic} and private and extension = 'broadcast'
      and inserted_at >= to_timestamp(${since / 1000}::float8) at time zone 'utc'
    order by inserted_at desc limit ${Math.min(limit, longestReplay)}`;
  return rows.reverse().map(({ id, event, payload, bytes }) => ({
    event: event ?? '',
    payload: bytes ?? payload ?? 'null',
    meta: { replayed: true, id },
  }));
}
