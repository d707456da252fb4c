import frenchLabels from 'virtual:feature-labels/fr';
import base from '@/base/locales/fr.json';
import { useCatalogue, type Language } from '@/base/i18n.ts';
import shared from '@/shared/locales/fr.json';
import shell from './locales/fr.json';

const files = import.meta.glob<Record<string, unknown>>('../features/**/locales/**/*.json', { import: 'default' });

/**
 * A folder's messages stand under its name: `features/licenses/locales/fr.json` → `licenses.…`. Those of a folder
 * within are a room of their own, loaded by itself, and stand under the same name: `licenses/later`.
 */
const rooms: Record<string, Partial<Record<Language, () => Promise<Record<string, unknown>>>>> = {};
for (const [path, load] of Object.entries(files)) {
  const [, feature, within = '', language] = /(\w+)\/locales(\/\w+)?\/(\w+)\.json$/.exec(path)! as unknown as [
    string,
    string,
    string | undefined,
    Language,
  ];
  const room = feature + within;
  rooms[room] = { ...rooms[room], [language]: load };
}

// What errors say is not needed to show a page, and is a third of what can be said before one: it comes after.
rooms['errors'] = {
  fr: () => import('@/base/locales/errors/fr.json').then(({ default: words }) => words),
  en: () => import('@/base/locales/errors/en.json').then(({ default: words }) => words),
};

useCatalogue({
  french: [base, shared, shell, frenchLabels],
  loadEnglish: async () => (await import('./messages-en.ts')).english,
  rooms,
});
