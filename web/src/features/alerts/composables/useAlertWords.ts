import { useQuery } from '@tanstack/vue-query';
import { computed, ref } from 'vue';
import { useI18n } from 'vue-i18n';
import { useFormat } from '@/base/format.ts';
import type { ConsoleAlert } from '@/shared/alerts.ts';
import { useModules } from '@/shared/registry.ts';
import { useSessionStore } from '@/shared/session.ts';
import { alertKindsQuery, alertTarget, alertText } from '../words.ts';

/**
 * Alerts in words, each kind said by the feature that owns it. `later`: the words of all features come with the first
 * alert, not with the page.
 */
export function useAlertWords({ later = false } = {}) {
  const { t, te } = useI18n();
  const format = useFormat();
  const session = useSessionStore();
  const wanted = ref(!later);
  const kinds = useQuery({ ...alertKindsQuery(useModules()), shallow: true, enabled: wanted });
  return {
    ready: computed(() => !kinds.isPending.value),
    /** Resolves when there are words, or none will come. */
    whenReady(): Promise<unknown> {
      wanted.value = true;
      return kinds.suspense();
    },
    text: (alert: ConsoleAlert) =>
      alertText(kinds.data.value, alert, {
        t: (key, named = {}, count = 0) => t(key, named, count),
        te,
        money: format.value.money,
        number: format.value.number,
      }),
    target: (alert: ConsoleAlert) => alertTarget(kinds.data.value, alert, session.can),
  };
}
