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
      const { chart, xaxis } = options as {
        chart: { defaultLocale: string };
        xaxis: { categories?: string[]; labels: { formatter?(value: string): string } };
      };
      const names = xaxis.categories?.map((day) => `${day}=${xaxis.labels.formatter?.(day)}`).join(' ');
      return () => h('i', { 'data-made-in': chart.defaultLocale, 'data-names': names });
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

it('DayChart names weeks by their Mondays, as many as have room', async () => {
  const days = ['2026-10-26', '2026-11-02', '2026-11-09', '2026-11-16', '2026-11-23', '2026-11-30', '2026-12-07'];
  await mountApp(DayChart, {
    props: {
      label: 'Tickets',
      days,
      weekly: true,
      dayLabel: 'Semaine',
      series: [{ name: 'Tickets', color: '--ui-color-primary-500', values: days.map(() => 1) }],
      format: String,
      fileName: 'x',
    },
  });
  const names = () => document.querySelector('[data-names]')?.getAttribute('data-names');
  await until(() =>
    expect(names()).toBe(
      '26/10/2026=26 oct. 02/11/2026= 09/11/2026=9 nov. 16/11/2026= 23/11/2026=23 nov. 30/11/2026= 07/12/2026=7 déc.',
    ),
  );
});
