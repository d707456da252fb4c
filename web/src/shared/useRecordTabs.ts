import type { TabsItem } from '@nuxt/ui';
import { computed, defineAsyncComponent } from 'vue';
import { useI18n } from 'vue-i18n';
import type { FeatureModule, RecordTab } from './module.ts';
import { allowed, contributed, useModules, withWords } from './registry.ts';
import { useSessionStore } from './session.ts';
import { textParam, useUrlState } from './url-state.ts';

/**
 * The tabs of one record's page: the page's own first, then those features contribute, as far as this person may see
 * them. Their code and words come when one is opened. The open one is in the address.
 */
export function useRecordTabs(
  pick: (module: FeatureModule) => readonly RecordTab[] | undefined,
  own?: Pick<RecordTab, 'name' | 'labelKey' | 'icon'>,
) {
  const { t } = useI18n();
  const session = useSessionStore();
  const all = contributed(useModules(), pick)
    .map(({ module, item }) => ({ ...item, part: defineAsyncComponent(withWords(module, item.component)) }))
    .sort((a, b) => a.position - b.position);
  const shown = computed(() => all.filter(allowed(session.can)));
  const url = useUrlState({ tab: textParam('', 40) });
  const asked = computed(() => shown.value.find(({ name }) => name === url.state.value.tab));
  // Without a tab of the page's own, the first that is contributed is open.
  const current = computed(() => asked.value ?? (own ? undefined : shown.value[0]));
  return {
    tab: computed(() => current.value?.name ?? own?.name),
    tabs: computed<TabsItem[]>(() =>
      [...(own ? [own] : []), ...shown.value].map(({ name, labelKey, icon }) => ({
        value: name,
        label: t(labelKey),
        icon,
      })),
    ),
    /** What the open tab shows; undefined for the page's own. */
    part: computed(() => current.value?.part),
    choose: (tab: string | number) => void url.patch({ tab: tab === own?.name ? '' : String(tab) }, { replace: true }),
  };
}
