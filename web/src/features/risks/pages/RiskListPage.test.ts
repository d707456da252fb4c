import { useToast } from '@nuxt/ui/composables';
import { flushPromises } from '@vue/test-utils';
import { describe, expect, it } from 'vitest';
import { defineComponent, h } from 'vue';
import { ApiFailure, mockApi } from '@/test/api.ts';
import { axeViolations, mountApp, until } from '@/test/mount.ts';
import type { RpcResult } from '@contracts/rpc/index.ts';
import type { Risk } from '../queries.ts';
import RiskListPage from './RiskListPage.vue';

type RiskQuality = RpcResult<'get_risk_quality'>;

const LIST = 'POST /rest/v1/rpc/list_risks';
const QUALITY = 'POST /rest/v1/rpc/get_risk_quality';
const NOTE = 'POST /rest/v1/rpc/note_risk_contact';
const REMIND = 'POST /rest/v1/rpc/send_subscription_reminders';
const LEA = '00000000-0000-4000-8000-000000000001';
const SUBSCRIPTION = '77777777-7777-4777-8777-777777777777';

const risk = (over: Partial<Risk> = {}): Risk => ({
  id: '66666666-6666-4666-8666-666666666666',
  license_id: '11111111-1111-4111-8111-111111111111',
  customer: { id: '22222222-2222-4222-8222-222222222222', email: 'client@example.com', name: 'Agathe Garcia' },
  plan: 'premium',
  mrr_cents: 2900,
  currency: 'EUR',
  expires_at: '2026-12-02T10:00:00Z',
  reasons: ['expiring', 'payment_failed', 'silent', 'errors'],
  score: 100,
  facts: {
    expires_at: '2026-12-02T10:00:00Z',
    payment_failed_at: '2026-11-25T10:00:00Z',
    last_check_in: '2026-11-20T10:00:00Z',
    errors: 40,
    mean_errors: 4.5,
  },
  began_at: '2026-11-26T05:15:00Z',
  subscription_id: SUBSCRIPTION,
  open_ticket: null,
  spoken_at: null,
  spoken_by: null,
  note: null,
  ...over,
});
const silent = risk({
  id: '88888888-8888-4888-8888-888888888888',
  license_id: '99999999-9999-4999-8999-999999999999',
  customer: { id: 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa', email: 'seul@example.com', name: null },
  reasons: ['silent'],
  score: 20,
  facts: {},
  open_ticket: 4521,
  spoken_at: '2026-11-27T10:00:00Z',
  spoken_by: LEA,
  note: 'Repasse lundi',
});
const quality = (over: Partial<RiskQuality> = {}): RiskQuality => ({
  from_day: '2026-08-31',
  to_day: '2026-11-28',
  flagged: 10,
  left: 4,
  foreseen: 3,
  precision: 0.3,
  recall: 0.75,
  mean_days_before: 5.5,
  spoken: 6,
  spoken_kept: 5,
  reasons: [],
  ...over,
});
const list = (...rows: Risk[]) => ({ total: rows.length, scored_at: '2026-11-28T05:15:00Z', rows });
const api = (over: Record<string, (body: unknown) => unknown> = {}) =>
  mockApi({
    [LIST]: () => list(risk(), silent),
    [QUALITY]: () => quality(),
    'GET /rest/v1/staff': () => [{ user_id: LEA, display_name: 'Léa Moreau' }],
    ...over,
  });
const plain = (text: string | null | undefined) => (text ?? '').replace(/\s+/g, ' ').trim();
const text = () => plain(document.body.textContent);
const items = () => [...document.querySelectorAll<HTMLElement>('[data-risk]')];
const named = (name: string, within: ParentNode = document) =>
  [...within.querySelectorAll<HTMLElement>('button, a')].find((each) => plain(each.textContent) === name);
const dialog = () => document.querySelector('[role="dialog"]');
let toasts: ReturnType<typeof useToast>['toasts'];
const told = () => toasts.value.map(({ title }) => title);
const Page = defineComponent({ setup: () => (({ toasts } = useToast()), () => h(RiskListPage)) });
async function mount(role: 'admin' | 'support' | 'viewer' = 'admin', path = '/a-risque') {
  const mounted = await mountApp(Page, { role, path });
  toasts.value = [];
  await until(() => expect(document.querySelector('[aria-busy="true"]')).toBeNull());
  return mounted;
}
async function openNote(): Promise<HTMLTextAreaElement> {
  named('J’ai contacté', items()[1])!.click();
  await until(() => expect(dialog()).not.toBeNull());
  return dialog()!.querySelector('textarea')!;
}
async function type(field: HTMLTextAreaElement, said: string): Promise<void> {
  field.value = said;
  field.dispatchEvent(new Event('input'));
  await flushPromises();
}

describe('RiskListPage', () => {
  it('says who may leave, why, and what was done, with the ways to do something', async () => {
    api();
    await mount();
    const [first, second] = items();
    expect(plain(first?.textContent)).toMatch(/Score 100 sur 100.*Agathe Garcia.*Premium · 29 €/);
    expect([...first!.querySelectorAll('ul li')].map((each) => plain(each.textContent))).toEqual([
      'Expire le 02/12/2026 sans renouvellement',
      'Paiement échoué le 25/11/2026',
      'Sans signe depuis le 20/11/2026',
      '40 erreurs, 4,5 d’habitude',
    ]);
    expect(first!.querySelector('a')?.getAttribute('href')).toBe('/clients/22222222-2222-4222-8222-222222222222');
    expect(named('Licence', first)?.getAttribute('href')).toBe('/licences/11111111-1111-4111-8111-111111111111');
    expect(named('Nouveau ticket', first)?.getAttribute('href')).toBe(
      '/clients/22222222-2222-4222-8222-222222222222?tab=tickets&new=1',
    );
    // Who never connected has no day of the last sign; whoever has a ticket is answered there.
    expect(plain(second?.textContent)).toMatch(/seul@example\.com.*Jamais connecté/);
    await until(() => expect(plain(items()[1]?.textContent)).toMatch(/Contacté par Léa Moreau .* — Repasse lundi/));
    expect(named('Ticket #4521', second)?.getAttribute('href')).toBe('/support?folder=all&ticket=4521');
    // Nothing of what a reminder is about.
    expect(named('Relancer', second)).toBeUndefined();
    expect(await axeViolations()).toEqual([]);
  });

  it('says how well the last list foresaw who left, and “—” where nobody did', async () => {
    api();
    const { wrapper } = await mount();
    const said = () => [...document.querySelectorAll('dl > div')].map((each) => plain(each.textContent));
    await until(() =>
      expect(said()).toEqual([
        'Départs annoncés75 %3 départs sur 4',
        'Alertes justes30 %3 parties sur 10 signalées',
        'Jours d’avance5,5en moyenne, du signal au départ',
        'Clients contactés6dont 5 restés',
      ]),
    );
    wrapper.unmount();
    api({
      [QUALITY]: () =>
        quality({ flagged: 0, left: 0, foreseen: 0, precision: null, recall: null, mean_days_before: null }),
    });
    await mount();
    await until(() =>
      expect(said().slice(0, 3)).toEqual([
        'Départs annoncés—aucun départ',
        'Alertes justes—aucune licence signalée',
        'Jours d’avance—en moyenne, du signal au départ',
      ]),
    );
  });

  it('asks for the reason and the page of the address', async () => {
    const calls = api({ [LIST]: () => ({ ...list(risk()), total: 60 }) });
    const { router } = await mount('admin', '/a-risque?reason=silent&page=2');
    expect(calls.find(({ route }) => route === LIST)?.body).toEqual({ reason: 'silent', page: 2, page_size: 25 });
    named('Paiement échoué')?.click();
    await until(() =>
      expect(calls.findLast(({ route }) => route === LIST)?.body).toEqual({
        reason: 'payment_failed',
        page: 1,
        page_size: 25,
      }),
    );
    expect(router.currentRoute.value.query).toEqual({ reason: 'payment_failed' });
  });

  it('says that nobody is at risk, at all or for that reason', async () => {
    api({ [LIST]: () => list() });
    const { router } = await mount();
    expect(text()).toContain('Personne n’est à risque.');
    expect(named('Exporter')).toHaveProperty('disabled', true);
    await router.push('/a-risque?reason=errors');
    await until(() => expect(text()).toContain('Personne n’est à risque pour ce motif.'));
  });

  it('says why it could not be read, and asks again when told to', async () => {
    let failing = true;
    api({ [LIST]: () => (failing ? new ApiFailure(500, { code: 'XX000', message: 'boom' }) : list(risk())) });
    await mount();
    expect(document.querySelector('[role="alert"]')?.textContent).toContain('Le chargement a échoué');
    failing = false;
    named('Réessayer')?.click();
    await until(() => expect(items()).toHaveLength(1));
  });

  it('shows a refusal as forbidden', async () => {
    api({ [LIST]: () => new ApiFailure(403, { code: '42501', hint: 'permission_denied', message: 'no' }) });
    await mount('viewer');
    expect(text()).toContain('Accès refusé');
  });

  it.each([
    ['admin', { export: true, remind: true, ticket: true, note: true }],
    ['support', { export: true, remind: true, ticket: true, note: true }],
    ['viewer', { export: false, remind: false, ticket: false, note: false }],
  ] as const)('offers %s what the role may do: %o', async (role, may) => {
    api();
    await mount(role);
    const [first] = items();
    expect({
      export: document.querySelector('button[aria-haspopup="menu"]') !== null,
      remind: named('Relancer', first) !== undefined,
      ticket: named('Nouveau ticket', first) !== undefined,
      note: named('J’ai contacté', first) !== undefined,
    }).toEqual(may);
    expect(named('Licence', first)).toBeDefined();
  });
});

describe('a reminder', () => {
  it.each([
    ['sent', [], 'Le rappel est parti'],
    ['already_reminded', ['already_reminded'], 'Un rappel était déjà parti pour cette échéance'],
    ['not_expiring', ['not_expiring'], 'Aucun rappel : l’abonnement n’expire pas sous 7 jours'],
    ['address_refused', ['address_refused'], 'Aucun rappel : l’adresse refuse nos e-mails'],
    ['not_found', ['not_found'], 'Aucun rappel : l’abonnement est introuvable'],
  ])('goes to the subscription, and says what became of it: %s', async (_, reasons, said) => {
    const skipped = reasons.map((reason) => ({ subscription_id: SUBSCRIPTION, reason }));
    const calls = api({ [REMIND]: () => ({ sent: 1 - skipped.length, skipped }) });
    await mount();
    named('Relancer', items()[0])?.click();
    await until(() => expect(told()).toEqual([said]));
    expect(calls.find(({ route }) => route === REMIND)?.body).toEqual({ subscription_ids: [SUBSCRIPTION] });
  });
  it('that was refused says so', async () => {
    api({ [REMIND]: () => new ApiFailure(403, { code: '42501', hint: 'permission_denied', message: 'no' }) });
    await mount();
    named('Relancer', items()[0])?.click();
    await until(() => expect(told()).toEqual(['Le rappel n’est pas parti']));
  });
});

describe('a note', () => {
  it('begins with what was said before, is saved, and the list is read again', async () => {
    let noted = silent;
    const calls = api({
      [LIST]: () => list(risk(), noted),
      [NOTE]: (body) => (noted = { ...silent, note: (body as { note: string }).note }),
    });
    await mount();
    const field = await openNote();
    expect(field.value).toBe('Repasse lundi');
    expect(dialog()?.textContent).toContain('seul@example.com');
    expect(await axeViolations(dialog()!)).toEqual([]);
    await type(field, '  Renouvelle en janvier ');
    named('Enregistrer', dialog()!)?.click();
    await until(() => expect(told()).toEqual(['C’est noté']));
    expect(calls.find(({ route }) => route === NOTE)?.body).toEqual({
      risk_id: silent.id,
      note: 'Renouvelle en janvier',
    });
    await until(() => expect(plain(items()[1]?.textContent)).toContain('— Renouvelle en janvier'));
  });
  it('may say nothing, and never more than it holds', async () => {
    const calls = api({ [NOTE]: () => silent });
    await mount();
    const field = await openNote();
    await type(field, 'x'.repeat(501));
    expect(named('Enregistrer', dialog()!)).toHaveProperty('disabled', true);
    await type(field, '   ');
    named('Enregistrer', dialog()!)?.click();
    await until(() =>
      expect(calls.find(({ route }) => route === NOTE)?.body).toEqual({ risk_id: silent.id, note: null }),
    );
  });
  it('keeps what was typed when the licence is no longer at risk, and says so', async () => {
    api({
      [NOTE]: () =>
        new ApiFailure(404, { code: 'P0002', hint: 'risk_not_found', message: 'No such licence is at risk' }),
    });
    await mount();
    const field = await openNote();
    await type(field, 'Renouvelle en janvier');
    named('Enregistrer', dialog()!)?.click();
    await until(() => expect(dialog()?.querySelector('[role="alert"]')).not.toBeNull());
    expect(dialog()!.querySelector('textarea')!.value).toBe('Renouvelle en janvier');
    expect(plain(dialog()!.querySelector('[role="alert"]')?.textContent)).not.toContain('No such licence');
  });
});
