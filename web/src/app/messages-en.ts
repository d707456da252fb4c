import appMessages from './locales/en.json'
import { mergeFeatureMessages } from './i18n.ts'

const files = import.meta.glob<Record<string, unknown>>('../features/*/locales/en.json', { eager: true, import: 'default' })

export const messages = mergeFeatureMessages(appMessages, files)
