import { flushPromises } from '@vue/test-utils';
import { describe, expect, it, vi } from 'vitest';
import { defineComponent, h } from 'vue';
import { useSessionStore } from '@/shared/session.ts';
import { ApiFailure, mockApi } from '@/test/api.ts';
import { axeViolations, mountApp, until } from '@/test/mount.ts';
import '@/test/seen.ts';
import { ring } from '@/test/realtime.ts';
import MetricRowsDrawer from '../components/MetricRowsDrawer.vue';
import { dashboard, emptyDashboard, rows } from '../test-data.ts';
import type { RpcResult } from '@contracts/rpc/index.ts';
import type { Dashboard, MetricRows, RecentAct } from '../types.ts';
import DashboardPage from './DashboardPage.vue';

// happy-dom draws no SVG.
vi.mock('vue3-apexcharts', () => ({
  default: defineComponent({
    props: { series: { type: Array, required: true } },
    setup: (props) => () => h('i', { 'data-series': JSON.stringify(props.series) }),
  }),
}));

const GET = 'POST /rest/v1/rpc/get_dashboard';
const ROWS = 'POST /rest/v1/rpc/list_metric_rows';
const ACTIVITY = 'POST /rest/v1/rpc/list_recent_activity';
const VISIT = 'POST /rest/v1/rpc/note_dashboard_visit';
const DAYS = 'from=2026-10-30&to=2026-11-28';

const LEA = '00000000-0000-4000-8000-000000000001';
const acts: RecentAct[] = [
  {
    id: 1,
    event_type: 'license_created',
    times: 5,
    user_id: LEA,
    actor_kind: 'staff',
    first_at: '2026-11-28T08:00:00Z',
    last_at: '2026-11-28T09:00:00Z',
    subject_type: 'license',
    subject_id: null,
    customer: null,
  },
];
const visit: RpcResult<'note_dashboard_visit'> = {
  since: '2026-11-27T09:00:00Z',
  currency: 'EUR',
  licenses_created: 5,
  mrr_delta_cents: -3450,
};

const api = (
  page: (body: unknown) => Dashboard | ApiFailure = () => dashboard(),
  behind: (body: unknown) => MetricRows | ApiFailure = () => rows(),
) =>
  mockApi({
    [GET]: page,
    [ROWS]: behind,
    [ACTIVITY]: () => acts,
    [VISIT]: () => visit,
    'GET /rest/v1/staff': () => [{ user_id: LEA, display_name: 'Léa Moreau' }],
    'GET /rest/v1/settings': () => [],
  });
const plain = (text: string | null | undefined) => (text ?? '').replace(/\s+/g, ' ').trim();
const text = () => plain(document.body.textContent);
const button = (name: string) =>
  [...document.querySelectorAll('button')].find((each) =>
    [plain(each.textContent), plain(each.getAttribute('aria-label'))].includes(name),
  );
const cards = () => [...document.querySelectorAll('article')].map((each) => plain(each.textContent));
const region = (name: string) => document.querySelector(`section[aria-label="${name}"]`)!;
const mount = (role: 'admin' | 'support' | 'viewer' = 'admin', path = `/?${DAYS}`) =>
  mountApp(DashboardPage, { role, path });
const drawer = () => document.querySelector('[role="dialog"]');
async function openedRows(role: 'admin' | 'support' | 'viewer', path = `/?${DAYS}&rows=mrr`) {
  const mounted = await mount(role, path);
  await until(() => expect(drawer()?.textContent).toContain('lignes'));
  return mounted;
}

describe('DashboardPage', () => {
  it('says each figure, how it moved, and whether that is welcome', async () => {
    const calls = api();
    await mount();
    expect(calls.find(({ route }) => route === GET)?.body).toEqual({ from_day: '2026-10-30', to_day: '2026-11-28' });
    const against = 'par rapport aux 30 jours précédents';
    expect(cards()).toEqual([
      `MRR (revenu récurrent mensuel)1 234,50 €+2,9 % ${against}1 200 € avant`,
      `Licences actives487-0,6 % ${against}Sur 512 au total`,
      `Taux de renouvellement90 %+5 pt ${against}9 sur 10 échues`,
      `Tickets ouverts7+40 % ${against}2 en retard`,
    ]);
    const tones = [...document.querySelectorAll('article')].map((each) => [
      each.querySelector('.text-success') !== null,
      each.querySelector('.text-error') !== null,
    ]);
    // More open tickets are worse.
    expect(tones).toEqual([
      [true, false],
      [false, true],
      [true, false],
      [false, true],
    ]);
    expect(text()).toContain('mouvements − abonnements en cours = 0');
    expect(text()).toContain('(Europe/Paris)');
    expect(await axeViolations()).toEqual([]);
  });

  it('says “—” where nothing was counted, never a zero', async () => {
    api(emptyDashboard);
    await mount();
    expect([...document.querySelectorAll('article .tabular-nums')].map((each) => plain(each.textContent))).toEqual([
      '—',
      '—',
      '—',
      '—',
    ]);
    expect(text()).toContain('Rien n’attend : tout va bien.');
    expect(text()).not.toContain('Le registre');
    expect(text()).not.toContain('NaN');
  });

  it('shows no revenue to whoever may not read payments, and none of its figures is named', async () => {
    api(() =>
      dashboard({
        mrr_cents: null,
        mrr_before_cents: null,
        mrr_series: null,
        churn_rate: null,
        revenue: undefined,
        churn: undefined,
        proof: null,
      } as Partial<Dashboard>),
    );
    const { wrapper } = await mount('viewer');
    expect(cards()).toHaveLength(4);
    const session = useSessionStore();
    const permissions = session.staff!.permissions.filter((each) => each !== 'payments.read');
    session.staff = { ...session.staff!, permissions };
    await wrapper.vm.$nextTick();
    expect(cards().map((card) => card.replace(/\d.*/, ''))).toEqual([
      'Licences actives',
      'Taux de renouvellement',
      'Tickets ouverts',
    ]);
    expect(text()).not.toContain('MRR (');
    expect(text()).not.toContain('Churn des clients');
  });

  it('draws the months asked for, revenue beside what came in, and keeps them in the address', async () => {
    const months = ['2026-08-01', '2026-09-01', '2026-10-01', '2026-11-01'].map((day, place) => ({
      ...dashboard().revenue![0]!,
      day,
      partial: place === 3,
      mrr_cents: [100_000, 100_100, 100_200, 100_300][place]!,
    }));
    api(() => dashboard({ revenue: months }));
    const { router } = await mount();
    const drawn = () =>
      JSON.parse(document.querySelector('[data-series]')?.getAttribute('data-series') ?? '[]') as {
        name: string;
        data: number[];
      }[];
    await until(() => expect(drawn().at(-1)).toMatchObject({ name: 'MRR', data: [1001, 1002, 1003] }));
    expect(drawn().map(({ name }) => name)).toEqual(['Nouveau', 'Renouvellement', 'Upgrade', 'MRR']);
    button('6 mois')?.click();
    await until(() => expect(drawn().at(-1)?.data).toEqual([1000, 1001, 1002, 1003]));
    expect(router.currentRoute.value.query['months']).toBe('6');
  });

  it('leads from what asks for somebody to where it is dealt with', async () => {
    api();
    await mount();
    const panel = region('À traiter');
    expect([...panel.querySelectorAll('li')].map((each) => plain(each.textContent))).toEqual([
      '1 paiement a échoué aujourd’huiVoir',
      '2 tickets ont dépassé leur délaiRépondre',
      'Le churn dépasse le seuil d’alerteVoir',
      '3 licences expirent dans les 7 joursRelancer',
    ]);
    expect([...panel.querySelectorAll('a')].map((each) => each.getAttribute('href'))).toEqual([
      '/paiements?status=failed&from=2026-11-28',
      '/support?folder=all&breached=any',
      '/?rows=customer_churn_rate',
      '/licences?expiring=7&status=active',
    ]);
  });

  it('says what was done by whom in sentences, and what changed since the last visit', async () => {
    api();
    await mount();
    await until(() => expect(plain(region('Activité récente').textContent)).toContain('a créé 5 licences'));
    expect(plain(region('Activité récente').textContent)).toContain('Léa Moreau a créé 5 licences');
    expect([...region('Depuis votre dernière visite').querySelectorAll('li')].map((each) => plain(each.textContent)))
      // The sign is in the word.
      .toEqual(['5 licences créées', 'MRR en baisse de 34,50 €']);
  });

  it('asks for other days by a preset, which the address keeps', async () => {
    const calls = api();
    const { router } = await mount();
    button('7 j')?.click();
    await until(() => expect(calls.filter(({ route }) => route === GET)).toHaveLength(2));
    expect(router.currentRoute.value.query).toEqual({ days: '7' });
    const { from_day, to_day } = calls.findLast(({ route }) => route === GET)!.body as Record<string, string>;
    expect(Date.parse(to_day!) - Date.parse(from_day!)).toBe(6 * 86_400_000);
  });

  it('says why it could not be read, and asks again when told to', async () => {
    let failing = true;
    api(() => (failing ? new ApiFailure(500, { code: 'XX000', message: 'boom' }) : dashboard()));
    await mount();
    await until(() =>
      expect(document.querySelector('[role="alert"]')?.textContent).toContain('Le chargement a échoué'),
    );
    expect(cards()).toEqual([]);
    failing = false;
    button('Réessayer')?.click();
    await until(() => expect(cards()).toHaveLength(4));
  });

  it('is read again when the bell rings, in place of what it showed', async () => {
    let now = 123_450;
    api(() => dashboard({ mrr_cents: now }));
    await mount();
    expect(cards()[0]).toContain('1 234,50 €');
    now = 100_000;
    ring('figures');
    await until(() => expect(cards()[0]).toContain('1 000 €'));
  });
});

describe('the rows behind a figure', () => {
  it('open by a click on its card, with the days of the page, and close to the address before', async () => {
    const calls = api();
    const { router, wrapper } = await mount();
    button('Voir ce que compte « MRR (revenu récurrent mensuel) »')?.click();
    await until(() => expect(drawer()?.textContent).toContain('lignes'));
    const days = { from: '2026-10-30', to: '2026-11-28' };
    expect(router.currentRoute.value.query).toEqual({
      ...days,
      rows: 'mrr',
      rows_from: days.from,
      rows_to: days.to,
    });
    expect(calls.find(({ route }) => route === ROWS)?.body).toEqual({
      metric: 'mrr',
      from_day: days.from,
      to_day: days.to,
      filters: {},
      page: 1,
      page_size: 25,
    });
    wrapper.findComponent(MetricRowsDrawer).vm.$emit('update:open', false);
    await until(() => expect(router.currentRoute.value.query).toEqual(days));
  });

  it('open by the address alone, with their sum, and each leads to its customer', async () => {
    api();
    await openedRows('admin', `/?${DAYS}&rows=mrr&rows_from=2026-11-01&rows_to=2026-11-15`);
    expect(plain(drawer()?.textContent)).toContain('01/11/2026 – 15/11/2026');
    expect(plain(drawer()?.textContent)).toContain('2 lignes, somme 1 234,50 €');
    const [first, guest] = [...drawer()!.querySelectorAll('li')];
    expect(plain(first?.textContent)).toMatch(/Agathe Garcia.*depuis le 12\/11\/2026.*Premium.*29 €/);
    expect(first?.querySelector('a')?.getAttribute('href')).toBe('/clients/22222222-2222-4222-8222-222222222222');
    expect(plain(guest?.textContent)).toMatch(/Sans client.*1 205,50 €/);
    expect(guest?.querySelector('a')).toBeNull();
    expect(await axeViolations(drawer()!)).toEqual([]);
  });

  it.each([
    ['admin', true],
    ['support', true],
    ['viewer', false],
  ] as const)('are exported by %s: %s', async (role, may) => {
    api();
    await openedRows(role);
    expect(drawer()!.querySelector('button[aria-haspopup="menu"]') !== null).toBe(may);
  });

  it('say when there are none, and why they could not be read', async () => {
    let failing = false;
    api(undefined, () =>
      failing ? new ApiFailure(500, { code: 'XX000', message: 'boom' }) : rows({ total: 0, sum: 0, rows: [] }),
    );
    const { router } = await mount('viewer', `/?${DAYS}&rows=mrr`);
    await until(() => expect(drawer()?.textContent).toContain('Ce chiffre ne compte aucune ligne.'));
    failing = true;
    await router.push(`/?${DAYS}&rows=refunds`);
    await until(() => expect(drawer()?.textContent).toContain('Le chargement a échoué'));
    failing = false;
    [...drawer()!.querySelectorAll('button')].find((each) => plain(each.textContent) === 'Réessayer')?.click();
    await flushPromises();
    await until(() => expect(drawer()?.textContent).toContain('Ce chiffre ne compte aucune ligne.'));
  });
});
