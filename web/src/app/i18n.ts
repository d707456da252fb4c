import { createI18n } from 'vue-i18n';
import frenchLabels from 'virtual:feature-labels/fr';
import appMessages from './locales/fr.json';

export type Language = 'fr' | 'en';
export const LANGUAGES: readonly Language[] = ['fr', 'en'];

export type Messages = Record<string, unknown>;

export const i18n = createI18n({
  legacy: false,
  locale: 'fr' as string,
  fallbackLocale: 'fr',
  messages: { fr: {} } as Record<string, Record<string, string>>,
  missingWarn: import.meta.env.DEV,
  fallbackWarn: import.meta.env.DEV,
});
const add = (language: Language, messages: Messages) => i18n.global.mergeLocaleMessage(language, messages as never);
add('fr', appMessages);
add('fr', frenchLabels);

const files = import.meta.glob<Messages>('../features/*/locales/*.json', { import: 'default' });
const pathOf = (feature: string, language: Language) => `../features/${feature}/locales/${language}.json`;

/** Features with messages of their own; a file's keys stand under the feature's name: `features/licenses/locales/fr.json` → `licenses.…`. */
export const translatedFeatures = [...new Set(Object.keys(files).map((path) => path.split('/')[2]!))];

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

const loadFeature = (feature: string, language: Language) =>
  once(`${language}/${feature}`, async () => {
    const messages = await files[pathOf(feature, language)]?.();
    if (messages) add(language, { [feature]: messages });
  });

const loadEnglish = () =>
  once('en', async () => {
    const { base, labels } = await import('./messages-en.ts');
    add('en', base);
    add('en', labels);
  });

const shown = new Set<string>();
let wanted: Language = 'fr';

/** Loads what a feature's pages say, in the language on screen and in the one being switched to. */
export async function loadFeatureMessages(feature: string): Promise<void> {
  shown.add(feature);
  await Promise.all(
    [...new Set([i18n.global.locale.value as Language, wanted])].map((language) => loadFeature(feature, language)),
  );
}

export async function setLanguage(language: Language): Promise<void> {
  wanted = language;
  await Promise.all([
    language === 'en' && loadEnglish(),
    ...[...shown].map((feature) => loadFeature(feature, language)),
  ]);
  // Somebody who changes their mind while one loads gets the last choice.
  if (wanted !== language) return;
  i18n.global.locale.value = language;
  document.documentElement.lang = language;
}
