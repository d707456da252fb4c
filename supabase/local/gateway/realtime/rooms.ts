/** What everybody in a room gets. */
export interface Broadcast {
  event: string;
  /** JSON text, or bytes, which only a client of protocol 2.0.0 can take. */
  payload: string | Uint8Array;
  meta?: Record<string, unknown> | undefined;
}

export interface Member {
  /** Rooms of the same name are apart when one is private. */
  readonly room: string;
  receiveBroadcast(message: Broadcast): void;
  receivePresence(event: 'presence_state' | 'presence_diff', payload: object): void;
}

export const roomOf = (topic: string, isPrivate: boolean) => `${isPrivate ? 'private' : 'public'}:${topic}`;

export class Rooms {
  #members = new Map<string, Set<Member>>();

  enter(member: Member): void {
    const there = this.#members.get(member.room);
    if (there) there.add(member);
    else this.#members.set(member.room, new Set([member]));
  }

  leave(member: Member): void {
    const there = this.#members.get(member.room);
    if (there?.delete(member) && there.size === 0) this.#members.delete(member.room);
  }

  members(room: string): Member[] {
    return [...(this.#members.get(room) ?? [])];
  }

  broadcast(room: string, message: Broadcast, except?: Member): void {
    for (const member of this.members(room)) if (member !== except) member.receiveBroadcast(message);
  }
}
