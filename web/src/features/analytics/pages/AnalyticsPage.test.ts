import { describe, expect, it, vi } from 'vitest';
import { defineComponent, h } from 'vue';
import { useSessionStore } from '@/shared/session.ts';
import { ApiFailure, mockApi } from '@/test/api.ts';
import { axeViolations, mountApp, until } from '@/test/mount.ts';
import '@/test/seen.ts';
import MetricRowsDrawer from '../components/MetricRowsDrawer.vue';
import { figure, figures, rows, step } from '../test-data.ts';
import type { Figure, Metric } from '../types.ts';
import AnalyticsPage from './AnalyticsPage.vue';

// happy-dom draws no SVG.
vi.mock('vue3-apexcharts', () => ({
  default: defineComponent({
    props: { series: { type: Array, required: true } },
    setup: (props) => () => h('i', { 'data-series': JSON.stringify(props.series) }),
  }),
}));

const METRICS = 'POST /rest/v1/rpc/get_metrics';
const WATERFALL = 'POST /rest/v1/rpc/get_mrr_waterfall';
const ROWS = 'POST /rest/v1/rpc/list_metric_rows';
const PATH = '/analyses?from=2026-11-11&to=2026-11-28&by=week';
const asked = { from_day: '2026-11-11', to_day: '2026-11-28', granularity: 'week', filters: {} };

const FIGURES: Partial<Record<Metric, Partial<Figure>>> = {
  mrr: {
    unit: 'money',
    total: 123_450,
    before: 120_000,
    buckets: [
      { day: '2026-11-09', value: 120_000, partial: false },
      { day: '2026-11-23', value: 123_450, partial: true },
    ],
    left_out: [
      { reason: 'other_currency', count: 1, currency: 'USD', amount_cents: 5000 },
      { reason: 'courtesy', count: 3 },
    ],
  },
  refunds: { unit: 'money', total: -1900, before: -2900 },
  customer_churn_rate: { unit: 'rate', total: 0.2, before: 0.1 },
  quick_ratio: { unit: 'ratio', total: null, before: null },
  lifetime_value: { unit: 'money', total: null, before: null },
  first_response: { unit: 'seconds', total: 1500, before: 3000 },
};
const answer = (body: unknown) =>
  figures((body as { metrics: Metric[] }).metrics.map((metric) => figure(metric, FIGURES[metric])));

const api = (over: Record<string, (body: unknown) => unknown> = {}) =>
  mockApi({
    [METRICS]: answer,
    [WATERFALL]: () => [
      step(),
      step({ day: '2026-11-23', opening_cents: 11_500, closing_cents: 13_000, partial: true }),
    ],
    [ROWS]: () => rows({ metric: 'mrr_churn', kind: 'movements', total: 2, sum: -1900 }),
    'POST /rest/v1/rpc/get_cohorts': () => [
      { month: '2026-10-01', customers: 4, kept: [4, 3], mrr_cents: [10_000, 12_000] },
      { month: '2026-11-01', customers: 1, kept: [1], mrr_cents: [2900] },
    ],
    'POST /rest/v1/rpc/get_plan_figures': () => ({
      currency: 'EUR',
      zone: 'Europe/Paris',
      from_day: asked.from_day,
      to_day: asked.to_day,
      plans: [
        {
          plan: 'premium',
          licenses: 12,
          customers: 11,
          mrr_cents: 34_800,
          terms: [{ term: 'month', mrr_cents: 34_800 }],
        },
      ],
      moves: [{ from_plan: 'starter', to_plan: 'premium', customers: 2 }],
    }),
    'POST /rest/v1/rpc/get_product_figures': () => ({
      active: 20,
      reported: 10,
      versions: [{ version: '1.2.3', licenses: 8 }],
      features: [
        { feature: 'campaigns', licenses: 9, adoption: 0.9 },
        { feature: 'catalogue', licenses: 4, adoption: 0.4 },
      ],
    }),
    'POST /rest/v1/rpc/get_renewal_forecast': () => ({
      currency: 'EUR',
      zone: 'Europe/Paris',
      renewal_rate: null,
      months: [{ day: '2026-12-01', renewals: 3, due_cents: 8700, expected_cents: null }],
    }),
    'GET /rest/v1/settings': () => [],
    ...over,
  });
const plain = (text: string | null | undefined) => (text ?? '').replace(/\s+/g, ' ').trim();
const text = () => plain(document.body.textContent);
const button = (name: string | RegExp, within: ParentNode = document) =>
  [...within.querySelectorAll('button')].find((each) =>
    [plain(each.textContent), plain(each.getAttribute('aria-label'))].some((said) =>
      typeof name === 'string' ? said === name : name.test(said),
    ),
  );
const card = (name: string) =>
  plain(
    [...document.querySelectorAll('article')].find((each) => plain(each.textContent).startsWith(name))?.textContent,
  );
const sections = () => [...document.querySelectorAll('h2')].map((each) => plain(each.textContent));
const drawer = () => document.querySelector('[role="dialog"]');
const row = (day: string) =>
  [...document.querySelectorAll(`tr[data-day="${day}"] :is(th, td)`)].map((each) => plain(each.textContent));
async function mount(role: 'admin' | 'support' | 'viewer' = 'admin', path = PATH) {
  const mounted = await mountApp(AnalyticsPage, { role, path });
  await until(() => expect(document.querySelector('article')).not.toBeNull());
  return mounted;
}

describe('AnalyticsPage', () => {
  it('asks for the period, step, plan and segment of the address, all figures of a section at once', async () => {
    const calls = api();
    await mount('admin', `${PATH}&plan=premium&segment=big`);
    const filters = { plan: 'premium', segment: 'big' };
    const figured = calls.filter(({ route }) => route === METRICS);
    expect(figured).toHaveLength(4);
    for (const { body } of figured) expect(body).toMatchObject({ ...asked, filters });
    expect(calls.find(({ route }) => route === WATERFALL)?.body).toEqual({ ...asked, filters });
  });

  it('says each figure by its unit, “—” where there is none, and whether its way is welcome', async () => {
    api();
    await mount();
    const against = ' par rapport aux 18 jours précédents';
    expect(card('MRR (')).toBe(`MRR (revenu récurrent mensuel)1 234,50 €+2,9 %${against}1 200 € avant`);
    expect(card('Taux de churn des clients')).toBe(`Taux de churn des clients20 %+10 pt${against}10 % avant`);
    expect(card('Quick ratio')).toBe('Quick ratio—');
    expect(card('Première réponse')).toContain('25 min');
    const tone = (name: string) =>
      [...document.querySelectorAll('article')]
        .find((each) => plain(each.textContent).startsWith(name))
        ?.querySelector('.text-success, .text-error')?.className;
    expect(tone('Taux de churn des clients')).toContain('text-error');
    // Less was given back: what flows out is negative.
    expect(tone('Remboursements')).toContain('text-success');
    expect(tone('Première réponse')).toContain('text-success');
    // The section with a panel of every kind: axe takes long over the whole page.
    expect(await axeViolations(document.querySelector('section[aria-label="Revenu"]')!)).toEqual([]);
  });

  it.each([
    ['admin', ['Revenu', 'Clients et licences', 'Usage du produit', 'Support']],
    ['support', ['Revenu', 'Clients et licences', 'Usage du produit', 'Support']],
    ['viewer', ['Revenu', 'Clients et licences', 'Usage du produit', 'Support']],
  ] as const)('shows %s the sections the role may read', async (role, shown) => {
    api();
    await mount(role);
    expect(sections()).toEqual(shown);
  });

  it('neither shows nor asks for revenue where payments may not be read', async () => {
    const calls = api();
    const { wrapper, router } = await mount('viewer');
    const session = useSessionStore();
    session.staff = { ...session.staff!, permissions: ['licenses.read', 'tickets.read', 'analytics.export'] };
    await wrapper.vm.$nextTick();
    expect(sections()).toEqual(['Usage du produit', 'Support']);
    expect(text()).not.toContain('MRR');
    calls.splice(0);
    await router.push(`${PATH}&segment=new`);
    await until(() => expect(calls.filter(({ route }) => route === METRICS)).toHaveLength(2));
    expect(calls.filter(({ body }) => JSON.stringify(body).includes('mrr'))).toEqual([]);
    expect(calls.map(({ route }) => route)).not.toContain(WATERFALL);
  });

  it('says why a section could not be read, leaves the others, and asks again when told to', async () => {
    let failing = true;
    api({
      [METRICS]: (body) =>
        failing && (body as { metrics: Metric[] }).metrics.includes('mrr')
          ? new ApiFailure(500, { code: 'XX000', message: 'boom' })
          : answer(body),
    });
    await mount();
    const revenue = document.querySelector('section[aria-label="Revenu"]')!;
    await until(() => expect(revenue.querySelector('[role="alert"]')).not.toBeNull());
    expect(card('Tickets reçus')).toContain('3');
    failing = false;
    button('Réessayer', revenue)?.click();
    await until(() => expect(card('MRR (')).toContain('1 234,50 €'));
  });

  it('changes the period, the step and what is compared through the address', async () => {
    const calls = api();
    const { router } = await mount();
    button('7 j')?.click();
    await until(() => expect(router.currentRoute.value.query).toEqual({ days: '7' }));
    // A week is read by day, whatever was asked before.
    await until(() =>
      expect(calls.findLast(({ route }) => route === METRICS)?.body).toMatchObject({ granularity: 'day' }),
    );
    await router.push(PATH);
    calls.splice(0);
    document.querySelector<HTMLElement>('[role="switch"]')!.click();
    await until(() => expect(router.currentRoute.value.query['compare']).toBe('1'));
    // As many days before.
    await until(() =>
      expect(calls.filter(({ route }) => route === METRICS).map(({ body }) => body)).toContainEqual(
        expect.objectContaining({ from_day: '2026-10-24', to_day: '2026-11-10', granularity: 'week' }),
      ),
    );
    const drawn = () =>
      [...document.querySelectorAll('[data-series]')].map((each) => each.getAttribute('data-series')).join();
    await until(() => expect(drawn()).toContain('Période précédente'));
  });

  it('says why a figure is what it is: its definition, days and zone, and what is left out', async () => {
    api();
    await mount();
    button(/^Ce que compte ce chiffre : MRR \(/)?.click();
    await until(() => expect(text()).toContain('Non compté'));
    expect(text()).toContain('Europe/Paris');
    expect(text()).toContain('50 $US en USD');
    expect(text()).toContain('3 licences offertes');
  });

  it('shows cohorts, plans, adoption with the catalogue first, and a forecast that says it is one', async () => {
    api();
    await mount();
    await until(() => expect(text()).toContain('Une prévision, pas un chiffre'));
    await until(() => expect(text()).toContain('Catalogue Produits'));
    expect(text().indexOf('Catalogue Produits')).toBeLessThan(text().indexOf('90 % (9)'));
    expect(text()).toContain('Starter → Premium2 clients');
    const cohort = () =>
      [...document.querySelectorAll('table')]
        .find((each) => each.textContent?.includes('Cohorte'))!
        .querySelector('tbody tr')!;
    await until(() => expect(plain(cohort().textContent)).toContain('4100 %75 %'));
    button('MRR')?.click();
    // Those who stayed may pay more than all did.
    await until(() => expect(plain(cohort().textContent)).toContain('4100 %120 %'));
    const forecast = [...document.querySelectorAll('table')].find((each) => each.textContent?.includes('Attendu'))!;
    expect(plain(forecast.querySelector('tbody')?.textContent)).toMatch(/387 €—$/);
  });
});

describe('the waterfall', () => {
  it('shows opening, movements and closing, the newest first', async () => {
    api();
    await mount();
    await until(() => expect(row('2026-11-09')).not.toEqual([]));
    expect(row('2026-11-09').slice(1)).toEqual(['100 €', '29 €', '10 €', '0', '-5 €', '-19 €', '115 €']);
    expect([...document.querySelectorAll('tr[data-day]')].map((each) => each.getAttribute('data-day'))).toEqual([
      '2026-11-23',
      '2026-11-09',
    ]);
  });

  it('opens the movements of a cell, of the days of its bucket within the period', async () => {
    const calls = api();
    const { router, wrapper } = await mount();
    await until(() => expect(row('2026-11-09')).not.toEqual([]));
    button(/^MRR perdu.*-19 €/, document.querySelector('tr[data-day="2026-11-09"]')!)?.click();
    await until(() => expect(drawer()?.textContent).toContain('lignes'));
    // The week begins before the period does.
    const days = { from_day: '2026-11-11', to_day: '2026-11-15' };
    expect(calls.find(({ route }) => route === ROWS)?.body).toMatchObject({ ...days, metric: 'mrr_churn' });
    expect(router.currentRoute.value.query).toMatchObject({ rows: 'mrr_churn', rows_from: '2026-11-11' });
    expect(plain(drawer()?.textContent)).toContain('2 lignes, somme -19 €');
    wrapper.findComponent(MetricRowsDrawer).vm.$emit('update:open', false);
    await until(() =>
      expect(router.currentRoute.value.query).toEqual({ from: '2026-11-11', to: '2026-11-28', by: 'week' }),
    );
  });

  it('says that it could not be read beside figures that could', async () => {
    let failing = true;
    api({ [WATERFALL]: () => (failing ? new ApiFailure(500, { code: 'XX000', message: 'boom' }) : [step()]) });
    await mount();
    const panel = () =>
      [...document.querySelectorAll('section')].findLast((each) => each.textContent?.includes('Mouvements du MRR'))!;
    await until(() => expect(panel().querySelector('[role="alert"]')).not.toBeNull());
    expect(card('MRR (')).toContain('1 234,50 €');
    failing = false;
    button('Réessayer', panel())?.click();
    await until(() => expect(row('2026-11-09')).not.toEqual([]));
  });
});

describe('the rows behind a figure', () => {
  it.each([
    ['support', true],
    ['viewer', false],
  ] as const)('open by the address; %s exports them: %s', async (role, may) => {
    api();
    await mount(role, `${PATH}&rows=mrr_churn`);
    await until(() => expect(drawer()?.textContent).toContain('lignes'));
    expect(drawer()!.querySelector('button[aria-haspopup="menu"]') !== null).toBe(may);
  });
});
