import { queryOptions } from '@tanstack/vue-query';
import { loadMessages } from '@/base/i18n.ts';
import type { AuditEvent, EventKind, EventWords } from './events.ts';
import type { FeatureModule } from './module.ts';

interface OwnedKind extends EventKind {
  /** The feature it belongs to, whose messages say it. */
  room: string;
  values: Record<string, string>;
}
export type EventKinds = ReadonlyMap<string, OwnedKind>;

export async function loadEventKinds(modules: readonly FeatureModule[]): Promise<EventKinds> {
  const owners = modules.filter((module) => module.events || module.exports);
  const [books] = await Promise.all([
    Promise.all(owners.map(async (module) => ({ room: module.name, book: (await module.events?.())?.default }))),
    loadMessages(...owners.map(({ name }) => name)),
  ]);
  return new Map(
    books.flatMap(({ room, book }) =>
      Object.entries(book?.kinds ?? {}).map(
        ([type, kind]) => [type, { ...kind, room, values: book?.values ?? {} }] as const,
      ),
    ),
  );
}

/** Every type of event there is, loaded where events are first shown. */
export const eventKindsQuery = (modules: readonly FeatureModule[]) =>
  queryOptions({
    queryKey: ['event_kinds'],
    queryFn: () => loadEventKinds(modules),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: Number.POSITIVE_INFINITY,
    networkMode: 'always',
  });

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
