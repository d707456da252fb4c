import type { Sql } from 'postgres';
import type { RowChange, Tuple } from './replication.ts';
import { roomOf, type Broadcast, type Rooms } from './rooms.ts';

export const isMessage = ({ relation }: RowChange) => relation.schema === 'realtime' && relation.name === 'messages';

/** A row of `realtime.messages` is a broadcast from the database, sent when its transaction has been committed. */
export function deliverMessage(rooms: Rooms, { type, new: row }: RowChange): void {
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
  const rows = await sql<{ id: string; event: string | null; payload: string | null }[]>`
    select id, event, payload::text as payload from realtime.messages
    where topic = ${topic} and private and extension = 'broadcast' and payload is not null
      and inserted_at >= to_timestamp(${since / 1000}::float8) at time zone 'utc'
    order by inserted_at desc limit ${Math.min(limit, longestReplay)}`;
  return rows.reverse().map(({ id, event, payload }) => ({
    event: event ?? '',
    payload: payload ?? 'null',
    meta: { replayed: true, id },
  }));
}
