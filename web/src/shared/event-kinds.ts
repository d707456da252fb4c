import { queryOptions } from '@tanstack/vue-query';
import { loadMessages } from '@/base/i18n.ts';
import type { AuditEvent, Entry, EventBook, EventKind, EventWords, ToldEntry } from './events.ts';
import type { FeatureModule } from './module.ts';

interface OwnedKind extends EventKind {
  /** The feature it belongs to, whose messages say it. */
  room: string;
  values: Record<string, string>;
}
export type EventKinds = ReadonlyMap<string, OwnedKind>;

export interface EventBooks {
  kinds: EventKinds;
  entries: NonNullable<EventBook['entries']>;
}

export async function loadEventBooks(modules: readonly FeatureModule[]): Promise<EventBooks> {
  const owners = modules.filter((module) => module.events || module.exports);
  const [books] = await Promise.all([
    Promise.all(owners.map(async (module) => ({ room: module.name, book: (await module.events?.())?.default }))),
    loadMessages(...owners.map(({ name }) => name)),
  ]);
  return {
    kinds: new Map(
      books.flatMap(({ room, book }) =>
        Object.entries(book?.kinds ?? {}).map(
          ([type, kind]) => [type, { ...kind, room, values: book?.values ?? {} }] as const,
        ),
      ),
    ),
    entries: Object.assign({}, ...books.map(({ book }) => book?.entries)) as EventBooks['entries'],
  };
}

/** Every type of event there is, and all else timelines hold, loaded where they are first shown. */
export const eventBooksQuery = (modules: readonly FeatureModule[]) =>
  queryOptions({
    queryKey: ['event_books'],
    queryFn: () => loadEventBooks(modules),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: Number.POSITIVE_INFINITY,
    networkMode: 'always',
  });

/** What its feature says of an entry; undefined when there is none that knows it. */
export function tellEntry(books: EventBooks | undefined, entry: Entry, words: EventWords): ToldEntry | undefined {
  const tell = books?.entries[entry.source] as ((entry: Entry, words: EventWords) => ToldEntry) | undefined;
  return tell?.(entry, words);
}

export function titleOf(kinds: EventKinds | undefined, type: string, { t, te }: Pick<EventWords, 't' | 'te'>): string {
  const key = `${kinds?.get(type)?.room}.events.${type}`;
  return te(key) ? t(key) : type;
}

/** What happened, in one sentence; the type's title when the event holds nothing more. */
export function sentenceOf(kinds: EventKinds | undefined, event: AuditEvent, words: EventWords): string {
  const kind = kinds?.get(event.event_type);
  const told = kind?.tell?.(event, words);
  if (!kind || !told) return titleOf(kinds, event.event_type, words);
  return 'text' in told ? told.text : words.t(`${kind.room}.sentences.${told.key}`, told.named, told.count);
}
