import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Member, Rooms } from './rooms.ts';

interface Presence {
  key: string;
  payload: Record<string, unknown>;
  meta: Record<string, unknown>;
}

type Entries = Record<string, { metas: Array<Record<string, unknown>> }>;

/** Who is present in each room; a member has one presence at most. */
export class Presences {
  #rooms: Rooms;
  #present = new Map<string, Map<Member, Presence>>();

  constructor(rooms: Rooms) {
    this.#rooms = rooms;
  }

  state(room: string): Entries {
    const entries: Entries = {};
    for (const { key, meta } of this.#present.get(room)?.values() ?? [])
      (entries[key] ??= { metas: [] }).metas.push(meta);
    return entries;
  }

  /** The same payload again changes nothing; another one is a leave and a join, tied by `phx_ref_prev`. */
  track(member: Member, key: string, payload: Record<string, unknown>): void {
    const present = this.#present.get(member.room) ?? new Map<Member, Presence>();
    const before = present.get(member);
    if (before && isDeepStrictEqual(before.payload, payload)) return;
    const previous = before ? { phx_ref_prev: before.meta['phx_ref'] } : {};
    const now: Presence = {
      key,
      payload,
      meta: { ...payload, ...previous, phx_ref: randomBytes(9).toString('base64url') },
    };
    this.#present.set(member.room, present.set(member, now));
    this.#tell(member.room, entryOf(now), before ? entryOf(before) : {});
  }

  untrack(member: Member): void {
    const present = this.#present.get(member.room);
    const before = present?.get(member);
    if (!present || !before) return;
    present.delete(member);
    if (present.size === 0) this.#present.delete(member.room);
    this.#tell(member.room, {}, entryOf(before));
  }

  #tell(room: string, joins: Entries, leaves: Entries): void {
    for (const member of this.#rooms.members(room)) member.receivePresence('presence_diff', { joins, leaves });
  }
}

const entryOf = ({ key, meta }: Presence): Entries => ({ [key]: { metas: [meta] } });
