import { createI18n } from 'vue-i18n'
import appMessages from './locales/fr.json'

export type Language = 'fr' | 'en'
export const LANGUAGES: readonly Language[] = ['fr', 'en']

type Messages = Record<string, unknown>

/** Feature files are nested under the feature's name: `features/licenses/locales/fr.json` → `licenses.…`. */
export function mergeFeatureMessages(base: Messages, files: Record<string, Messages>): Messages {
  const merged: Messages = { ...base }
  for (const [path, messages] of Object.entries(files)) {
    const feature = /features\/([^/]+)\//.exec(path)?.[1]
    if (feature) merged[feature] = messages
  }
  return merged
}

const frenchFiles = import.meta.glob<Messages>('../features/*/locales/fr.json', { eager: true, import: 'default' })

export const i18n = createI18n({
  legacy: false,
  locale: 'fr' as string,
  fallbackLocale: 'fr',
  messages: { fr: mergeFeatureMessages(appMessages, frenchFiles) } as unknown as Record<string, Record<string, string>>,
  missingWarn: import.meta.env.DEV,
  fallbackWarn: import.meta.env.DEV,
})

let englishLoaded = false

export async function setLanguage(language: Language): Promise<void> {
  if (language === 'en' && !englishLoaded) {
    const { messages } = await import('./messages-en.ts')
    i18n.global.setLocaleMessage('en', messages as never)
    englishLoaded = true
  }
  i18n.global.locale.value = language
  document.documentElement.lang = language
}
