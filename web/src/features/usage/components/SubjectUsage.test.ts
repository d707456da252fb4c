import { describe, expect, it, vi } from 'vitest';
import { defineComponent, h } from 'vue';
import { ApiFailure, mockApi } from '@/test/api.ts';
import { axeViolations, mountApp, until } from '@/test/mount.ts';
import { usage } from '../test-data.ts';
import SubjectUsage from './SubjectUsage.vue';

vi.mock('vue3-apexcharts', () => ({
  default: defineComponent({
    props: { series: { type: Array, required: true } },
    setup: (props) => () => h('i', { 'data-points': JSON.stringify(props.series) }),
  }),
}));

const GET = 'POST /rest/v1/rpc/get_usage';
const text = () => (document.body.textContent ?? '').replace(/\s+/g, ' ');
const button = (name: string) =>
  [...document.querySelectorAll('button')].find((each) => each.textContent?.replace(/\s+/g, ' ').includes(name))!;
const open = async (path = '/', answer: () => unknown = () => usage(), role: 'admin' | 'viewer' = 'admin') => {
  const calls = mockApi({ [GET]: answer });
  const mounted = await mountApp(SubjectUsage, { path, props: { licenseId: 'l1' }, role });
  await until(() => expect(document.querySelector('[aria-busy="true"]')).toBeNull());
  return { calls, ...mounted };
};

describe('SubjectUsage', () => {
  it('compares this month with as many days of the one before; what was not reported is no figure', async () => {
    const { calls } = await open();
    expect(calls.find(({ route }) => route === GET)?.body).toEqual({ license_id: 'l1' });
    expect(text()).toContain('Du 01/11/2026 au 28/11/2026, comparé à la période du 01/10/2026 au 28/10/2026');
    const cards = [...document.querySelectorAll('button[aria-pressed] .text-xl')].map((each) =>
      each.parentElement!.textContent!.replace(/\s+/g, ' ').trim(),
    );
    expect(cards).toEqual([
      'Messages envoyés1 234+12 % contre 1 102',
      'Requêtes IA4560 % contre 456',
      'Campagnes lancées12 contre —',
      'Erreurs9+200 % contre 3',
      'Temps d’uptime98,5 %-0,5 pt contre 99 %',
    ]);
    // More errors are worse, more messages are not.
    expect(button('Erreurs').querySelector('.text-error')?.textContent).toContain('+200');
    expect(button('Messages envoyés').querySelector('.text-success')?.textContent).toContain('+12');
    expect(await axeViolations()).toEqual([]);
  });

  it('draws what is chosen, with a gap where a day was not reported, and keeps it in the address', async () => {
    const { router } = await open('/?days=7');
    const points = () =>
      (
        JSON.parse(document.querySelector('[data-points]')?.getAttribute('data-points') ?? '[]') as {
          name: string;
          data: { y: number | null }[];
        }[]
      )[0];
    await until(() => expect(points()?.data.map(({ y }) => y)).toEqual([null, null, null, null, 40, null, 60]));
    button('Erreurs').click();
    await until(() => expect(points()?.name).toBe('Erreurs'));
    button('90 jours').click();
    await until(() => expect(points()?.data).toHaveLength(90));
    expect(router.currentRoute.value.query).toEqual({ metric: 'errors_count', days: '90' });
  });

  it('reads out the figures as a table, days without a report as such', async () => {
    await open('/?days=7');
    button('Afficher les chiffres').click();
    await until(() => expect(document.querySelector('tbody')).not.toBeNull());
    const rows = [...document.querySelectorAll('tbody tr')].map((row) => row.textContent!.replace(/\s+/g, ' ').trim());
    expect(rows.slice(0, 3)).toEqual(['28/11/202660', '27/11/2026—', '26/11/202640']);
    expect(await axeViolations()).toEqual([]);
  });

  it('exports every figure of the days shown to who may', async () => {
    const made: Blob[] = [];
    vi.spyOn(URL, 'createObjectURL').mockImplementation((blob) => {
      made.push(blob as Blob);
      return 'blob:csv';
    });
    const { wrapper } = await open('/?days=7');
    button('Exporter en CSV').click();
    await until(() => expect(made).toHaveLength(1));
    const lines = (await made[0]!.text()).replace('\uFEFF', '').split('\r\n');
    expect(lines[0]).toBe('Jour;Messages envoyés;Requêtes IA;Campagnes lancées;Erreurs;Temps d’uptime');
    expect(lines.slice(-2)).toEqual(['2026-11-27;;;;;', '2026-11-28;60;5;1;3;0.5']);
    wrapper.unmount();
    vi.restoreAllMocks();
  });

  it('says of each feature how much it is used, also of one the console does not know', async () => {
    await open();
    const features = [...document.querySelectorAll('li')].map((each) => each.textContent!.replace(/\s+/g, ' ').trim());
    expect(features.slice(0, 4)).toEqual([
      'Catalogue Produits22 jours sur 30 · 1 450 utilisations Très actif',
      'voice_notes1 jour sur 30 · 1 utilisation Actif',
      'CampagnesDernière fois le 12/09/2026 Plus utilisé',
      'Conversation Goals Jamais utilisé',
    ]);
  });

  it('says since when nothing was reported, that nothing ever was, and why nothing is shown', async () => {
    const silent = await open('/', () => usage({ days: [], last_reported_on: '2026-07-03' }));
    expect(text()).toContain('Plus rien n’est rapporté depuis le 03/07/2026');
    silent.wrapper.unmount();
    const never = await open('/', () =>
      usage({ days: [], features: [], first_reported_on: null, last_reported_on: null }),
    );
    expect(text()).toContain('Rien n’a encore été rapporté');
    expect(document.querySelector('[aria-pressed]')).toBeNull();
    never.wrapper.unmount();
    await open('/', () => new ApiFailure(403, { code: '42501', hint: 'permission_denied', message: 'x' }));
    await until(() => expect(document.querySelector('[role="alert"]')).not.toBeNull());
  });
});
