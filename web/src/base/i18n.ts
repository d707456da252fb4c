import { createI18n } from 'vue-i18n';

export type Language = 'fr' | 'en';
export const LANGUAGES: readonly Language[] = ['fr', 'en'];

type Messages = Record<string, unknown>;

/** Where messages come from; the application says it, for it alone knows the rooms. */
interface Catalogue {
  /** What can be said before any room's pages are loaded, in the language the console starts with. */
  french: readonly Messages[];
  loadEnglish(): Promise<readonly Messages[]>;
  /**
   * Each room's own messages by language; they stand under the room's name: `licenses.…`, those of `licenses/later` as
   * well.
   */
  rooms: Record<string, Partial<Record<Language, () => Promise<Messages>>>>;
}

export const i18n = createI18n({
  legacy: false,
  locale: 'fr' as string,
  fallbackLocale: 'fr',
  messages: { fr: {} } as Record<string, Record<string, string>>,
  missingWarn: import.meta.env.DEV,
  fallbackWarn: import.meta.env.DEV,
});
const add = (language: Language, messages: Messages) => i18n.global.mergeLocaleMessage(language, messages as never);

let catalogue: Catalogue = { french: [], loadEnglish: async () => [], rooms: {} };

export function useCatalogue(given: Catalogue): void {
  catalogue = given;
  for (const messages of given.french) add('fr', messages);
}

export const translatedRooms = (): string[] => Object.keys(catalogue.rooms);

const loads = new Map<string, Promise<void>>();

function once(name: string, load: () => Promise<void>): Promise<void> {
  const known = loads.get(name);
  if (known) return known;
  // A failed load must not be remembered: the next navigation tries again.
  const loading = load().catch((error: unknown) => {
    loads.delete(name);
    throw error;
  });
  loads.set(name, loading);
  return loading;
}

const loadRoom = (room: string, language: Language) =>
  once(`${language}/${room}`, async () => {
    const messages = await catalogue.rooms[room]?.[language]?.();
    if (messages) add(language, { [room.split('/')[0]!]: messages });
  });

const loadEnglish = () =>
  once('en', async () => {
    for (const messages of await catalogue.loadEnglish()) add('en', messages);
  });

const shown = new Set<string>();
let wanted: Language = 'fr';

/** Loads what rooms say, in the language on screen and in the one being switched to. */
export async function loadMessages(...rooms: string[]): Promise<void> {
  const languages = [...new Set([i18n.global.locale.value as Language, wanted])];
  for (const room of rooms) shown.add(room);
  await Promise.all(rooms.flatMap((room) => languages.map((language) => loadRoom(room, language))));
}

export async function setLanguage(language: Language): Promise<void> {
  wanted = language;
  await Promise.all([language === 'en' && loadEnglish(), ...[...shown].map((room) => loadRoom(room, language))]);
  // Somebody who changes their mind while one loads gets the last choice.
  if (wanted !== language) return;
  i18n.global.locale.value = language;
  document.documentElement.lang = language;
}
