import frenchLabels from 'virtual:feature-labels/fr';
import base from '@/base/locales/fr.json';
import { useCatalogue, type Language } from '@/base/i18n.ts';
import shared from '@/shared/locales/fr.json';
import shell from './locales/fr.json';

const files = import.meta.glob<Record<string, unknown>>('../features/**/locales/*.json', { import: 'default' });

/** A folder's messages stand under its name: `features/licenses/locales/fr.json` → `licenses.…`. */
const rooms: Record<string, Partial<Record<Language, () => Promise<Record<string, unknown>>>>> = {};
for (const [path, load] of Object.entries(files)) {
  const [language, , room] = path.replace('.json', '').split('/').reverse() as [Language, string, string];
  rooms[room] = { ...rooms[room], [language]: load };
}

useCatalogue({
  french: [base, shared, shell, frenchLabels],
  loadEnglish: async () => (await import('./messages-en.ts')).english,
  rooms,
});
