import type { Range } from './params.ts';

interface Entry<T> {
  created: number;
  sequence: number;
  object: T;
}

export type Journal = (collection: string, id: string, before: unknown, after: unknown) => void;

const compare = (a: Entry<unknown>, b: Entry<unknown>) => a.created - b.created || a.sequence - b.sequence;

/** Oldest first. History loaded later than what it precedes is put in its place at the next read. */
class Ordered<T> {
  #entries: Entry<T>[] = [];
  #isSorted = true;

  add(entry: Entry<T>): void {
    const last = this.#entries.at(-1);
    if (last && compare(last, entry) > 0) this.#isSorted = false;
    this.#entries.push(entry);
  }

  entries(): Entry<T>[] {
    if (!this.#isSorted) {
      this.#entries.sort(compare);
      this.#isSorted = true;
    }
    return this.#entries;
  }

  /** Index of the first entry not before this one. */
  position(entry: Pick<Entry<T>, 'created' | 'sequence'>): number {
    const entries = this.entries();
    let low = 0;
    let high = entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compare(entries[middle] as Entry<unknown>, entry as Entry<unknown>) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  remove(entry: Entry<T>): void {
    const position = this.position(entry);
    if (this.#entries[position] === entry) this.#entries.splice(position, 1);
  }
}

export interface PageRequest<T> {
  within?: readonly [index: string, key: string];
  filter?: (object: T) => boolean;
  created?: Range | undefined;
  limit: number;
  startingAfter?: string | undefined;
  endingBefore?: string | undefined;
}

export type Indexes<T> = Record<string, (object: T) => string | null | undefined>;

/** Objects by id and by creation. They are never changed in place: a snapshot of one is the object itself. */
export class Collection<T extends { id: string }> {
  readonly name: string;
  readonly #byId = new Map<string, Entry<T>>();
  readonly #all = new Ordered<T>();
  readonly #indexes: Indexes<T>;
  readonly #lists = new Map<string, Map<string, Ordered<T>>>();
  readonly #journal: Journal;
  #sequence = 0;

  constructor(name: string, indexes: Indexes<T>, journal: Journal) {
    this.name = name;
    this.#indexes = indexes;
    this.#journal = journal;
    for (const index of Object.keys(indexes)) this.#lists.set(index, new Map());
  }

  get size(): number {
    return this.#byId.size;
  }

  get(id: string): T | undefined {
    return this.#byId.get(id)?.object;
  }

  /** For ids that our own objects hold. */
  need(id: string): T {
    const found = this.get(id);
    if (!found) throw new Error(`Look up ${this.name} '${id}': not there`);
    return found;
  }

  put(object: T): T {
    const entry = this.#byId.get(object.id);
    this.#journal(this.name, object.id, entry?.object, object);
    if (!entry) this.#add(object);
    else this.#replace(entry, object);
    return object;
  }

  patch(id: string, changes: Partial<T>): T {
    return this.put({ ...this.need(id), ...changes });
  }

  remove(id: string): void {
    const entry = this.#byId.get(id);
    if (!entry) return;
    this.#journal(this.name, id, entry.object, undefined);
    this.#byId.delete(id);
    this.#all.remove(entry);
    for (const [index, key] of Object.entries(this.#indexes)) this.#list(index, key(entry.object))?.remove(entry);
  }

  /** Newest first. */
  by(index: string, key: string): T[] {
    return (this.#lists.get(index)?.get(key)?.entries() ?? []).map(({ object }) => object).toReversed();
  }

  /** Oldest first. */
  all(): T[] {
    return this.#all.entries().map(({ object }) => object);
  }

  newest(count: number): T[] {
    return this.#all
      .entries()
      .slice(-count)
      .map(({ object }) => object)
      .toReversed();
  }

  /** One page, newest first; undefined when its cursor does not exist. */
  page({
    within,
    filter,
    created,
    limit,
    startingAfter,
    endingBefore,
  }: PageRequest<T>): { data: T[]; hasMore: boolean } | undefined {
    const list = within ? (this.#lists.get(within[0])?.get(within[1]) ?? new Ordered<T>()) : this.#all;
    const entries = list.entries();
    const cursor = startingAfter ?? endingBefore;
    const at = cursor === undefined ? undefined : this.#byId.get(cursor);
    if (cursor !== undefined && !at) return undefined;
    const isBackwards = startingAfter === undefined && endingBefore !== undefined;
    const oldest = created ? list.position({ created: created.gte ?? (created.gt ?? -2) + 1, sequence: -1 }) : 0;
    const newest =
      (created?.lte ?? created?.lt) === undefined
        ? entries.length
        : list.position({
            created: created?.lte !== undefined ? created.lte + 1 : (created?.lt as number),
            sequence: -1,
          });
    const data: T[] = [];
    let hasMore = false;
    const take = (object: T): boolean => {
      if (filter && !filter(object)) return true;
      if (data.length === limit) {
        hasMore = true;
        return false;
      }
      data.push(object);
      return true;
    };
    if (isBackwards) {
      const from = list.position(at as Entry<T>) + (entries[list.position(at as Entry<T>)] === at ? 1 : 0);
      for (let index = Math.max(from, oldest); index < newest; index++)
        if (!take((entries[index] as Entry<T>).object)) break;
      return { data: data.toReversed(), hasMore };
    }
    const from = at ? list.position(at) : entries.length;
    for (let index = Math.min(from, newest) - 1; index >= oldest; index--)
      if (!take((entries[index] as Entry<T>).object)) break;
    return { data, hasMore };
  }

  #list(index: string, key: string | null | undefined): Ordered<T> | undefined {
    if (key === null || key === undefined) return undefined;
    const lists = this.#lists.get(index) as Map<string, Ordered<T>>;
    const existing = lists.get(key);
    if (existing) return existing;
    const list = new Ordered<T>();
    lists.set(key, list);
    return list;
  }

  #add(object: T): void {
    const created = 'created' in object && typeof object.created === 'number' ? object.created : 0;
    const entry: Entry<T> = { created, sequence: this.#sequence++, object };
    this.#byId.set(object.id, entry);
    this.#all.add(entry);
    for (const [index, key] of Object.entries(this.#indexes)) this.#list(index, key(object))?.add(entry);
  }

  #replace(entry: Entry<T>, object: T): void {
    const before = entry.object;
    for (const [index, key] of Object.entries(this.#indexes)) {
      if (key(before) === key(object)) continue;
      this.#list(index, key(before))?.remove(entry);
      this.#list(index, key(object))?.add(entry);
    }
    entry.object = object;
  }
}
