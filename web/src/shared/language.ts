import { computed } from 'vue';
import { callRpc } from '@/base/api.ts';
import type { Language } from '@/base/i18n.ts';
import { usePreferencesStore } from './preferences.ts';
import { useSessionStore } from './session.ts';

/** The language of the page; choosing one while signed in keeps it with the person, for mails and other machines. */
export function useLanguageChoice() {
  const preferences = usePreferencesStore();
  const session = useSessionStore();
  return computed<Language>({
    get: () => preferences.language,
    set(language) {
      preferences.language = language;
      // Unreachable, it is kept in this browser all the same; the next choice tries again.
      if (session.stage === 'ready') void callRpc('update_own_account', { locale: language }).catch(() => undefined);
    },
  });
}
