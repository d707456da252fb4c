import { expect, it, vi } from 'vitest';
import { defineComponent, h } from 'vue';
import { setLanguage } from '@/base/i18n.ts';
import { mountApp, until } from '@/test/mount.ts';
import DayChart from './DayChart.vue';

// What ApexCharts is given when it is made; later changes of language never reach it.
vi.mock('vue3-apexcharts', () => ({
  default: defineComponent({
    props: { options: { type: Object, required: true } },
    setup: ({ options }) => {
      const made = (options as { chart: { defaultLocale: string } }).chart.defaultLocale;
      return () => h('i', { 'data-made-in': made });
    },
  }),
}));

it('DayChart speaks the language of the page, also after a switch', async () => {
  await mountApp(DayChart, {
    props: {
      label: 'Paiements',
      days: ['2026-11-26'],
      dayLabel: 'Date',
      series: [{ name: 'Encaissé', color: '--ui-color-primary-500', values: [1] }],
      format: String,
      fileName: 'x',
    },
  });
  const madeIn = () => document.querySelector('[data-made-in]')?.getAttribute('data-made-in');
  await until(() => expect(madeIn()).toBe('fr'));
  await setLanguage('en');
  await until(() => expect(madeIn()).toBe('en'));
  await setLanguage('fr');
  await until(() => expect(madeIn()).toBe('fr'));
});
