import { shallowRef, watch } from 'vue';
import { useI18n } from 'vue-i18n';

export type ApexWords = Record<string, unknown> & { name: string };

/** ApexCharts reads its words once: a chart is made anew when those of another language have come. */
export function useApexWords() {
  const { locale } = useI18n();
  const words = shallowRef<ApexWords>();
  watch(
    locale,
    async (language) => {
      const loaded = await (language === 'fr'
        ? import('apexcharts/dist/locales/fr.json')
        : import('apexcharts/dist/locales/en.json'));
      words.value = loaded.default;
    },
    { immediate: true },
  );
  return words;
}
