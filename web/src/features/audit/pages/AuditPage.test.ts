import { flushPromises } from '@vue/test-utils';
import { describe, expect, it } from 'vitest';
import { ApiFailure, mockApi } from '@/test/api.ts';
import { axeViolations, mountApp, until } from '@/test/mount.ts';
import { event } from '../test-data.ts';
import type { ChainReport } from '../types.ts';
import AuditPage from './AuditPage.vue';

const SEARCH = 'POST /rest/v1/rpc/search_events';
const VERIFY = 'POST /functions/v1/audit-verify';
const staff = [
  {
    user_id: '00000000-0000-4000-8000-000000000001',
    email: 'admin@example.com',
    display_name: 'Léa Moreau',
    role: 'admin',
    locale: null,
    is_active: true,
  },
];
const page = {
  total: 2,
  rows: [
    event(),
    event({
      id: '55555555-5555-4555-8555-555555555555',
      event_type: 'staff_signed_in',
      license_id: null,
      customer_email: null,
      event_data: {},
      actor: 'system',
      actor_kind: 'system',
      user_id: null,
    }),
  ],
};
const api = (search: (body: unknown) => unknown, verify: () => unknown = () => null) =>
  mockApi({ [SEARCH]: search, [VERIFY]: verify, 'GET /rest/v1/staff': () => staff });
const button = (name: string) =>
  [...document.querySelectorAll('button')].find(
    (each) => each.textContent?.trim() === name || each.getAttribute('aria-label') === name,
  );
// The kit's skeletons are alerts too.
const alerts = () => [...document.querySelectorAll('[role="alert"]')].map((each) => each.textContent).join(' ');
const chain = {
  ok: true,
  checked: 1_200,
  first_broken_sequence: null as number | null,
  last_hash: 'cd'.repeat(32),
  verified_at: '2026-11-22T10:00:00Z',
};
const report: ChainReport = {
  ok: true,
  chain,
  seals: { count: 3, last_sequence: 1_198, last_signed_at: '2026-11-22T09:59:00Z', unsealed: 2 },
  copies: 0,
  faults: [],
};

describe('AuditPage', () => {
  it('says who did what to which licence, why and from where', async () => {
    api(() => page);
    await mountApp(AuditPage, { path: '/audit' });
    const rows = [...document.querySelectorAll('tr[data-row]')];
    expect(rows[0]?.textContent).toMatch(
      /22\/11\/2026.*Léa Moreau.*prolongée de 7 jours.*Geste commercial.*client@example\.com.*192\.0\.2\.10/,
    );
    expect(rows[0]?.querySelector('a')?.getAttribute('href')).toBe('/licences/11111111-1111-4111-8111-111111111111');
    expect(rows[1]?.textContent).toContain('Système');
  });
  it('asks for what the URL says, and for nobody where it names none', async () => {
    const calls = api(() => page);
    await mountApp(AuditPage, {
      path:
        '/audit?q=garcia&type=license_revoked,license_extended&actor=nobody' +
        '&license=11111111-1111-4111-8111-111111111111&from=2026-02-31&to=2026-11-02&page=2&size=25',
    });
    expect(calls.find((call) => call.route === SEARCH)?.body).toEqual({
      query: 'garcia',
      event_types: ['license_revoked', 'license_extended'],
      actor_id: '00000000-0000-0000-0000-000000000000',
      license_id: '11111111-1111-4111-8111-111111111111',
      to_time: '2026-11-02T23:00:00.000Z',
      page: 2,
      page_size: 25,
    });
  });
  it('comes back from a page beyond the end', async () => {
    api((body) => ({ total: 60, rows: (body as { page: number }).page > 2 ? [] : page.rows }));
    const { router } = await mountApp(AuditPage, { path: '/audit?page=9' });
    await flushPromises();
    expect(router.currentRoute.value.query.page).toBe('2');
  });
  it('opens an event with what changed, its reason and its hash', async () => {
    api(() => page);
    await mountApp(AuditPage, { path: '/audit' });
    document.querySelector<HTMLElement>('tr[data-row] button')?.click();
    await until(() => expect(document.querySelector('[role="dialog"]')).not.toBeNull());
    const text = document.querySelector('[role="dialog"]')?.textContent;
    expect(text).toContain('Geste commercial');
    expect(text).toMatch(/Expire le.*15\/12\/2026.*22\/12\/2026/);
    expect(text).toContain('ab'.repeat(32));
    expect(await axeViolations(document.querySelector('[role="dialog"]')!)).toEqual([]);
  });
  it('says that the chain is whole, with the count and the last hash', async () => {
    api(
      () => page,
      () => report,
    );
    await mountApp(AuditPage, { path: '/audit' });
    button('Vérifier la chaîne')?.click();
    await flushPromises();
    expect(document.body.textContent).toMatch(/Le journal est intact.*1\s200 événements/);
    expect(document.body.textContent).toMatch(/Signé jusqu’à l’événement n° 1\s198/);
    expect(document.body.textContent).toContain(chain.last_hash);
  });
  it('names the first broken event', async () => {
    api(
      () => page,
      () => ({ ...report, ok: false, chain: { ...chain, ok: false, first_broken_sequence: 345 } }),
    );
    await mountApp(AuditPage, { path: '/audit' });
    button('Vérifier la chaîne')?.click();
    await flushPromises();
    expect(alerts()).toContain('n° 345');
  });
  it('does not take a verification that failed for a chain that is whole', async () => {
    api(
      () => page,
      () => new ApiFailure(500, { code: 'unexpected_failure', message: 'canceling statement', details: null }),
    );
    await mountApp(AuditPage, { path: '/audit' });
    button('Vérifier la chaîne')?.click();
    await flushPromises();
    expect(alerts()).toContain('n’a pas abouti');
    expect(document.body.textContent).not.toContain('intact');
  });
  it('says when a chain that fits itself no longer fits its seals, and where', async () => {
    api(
      () => page,
      () => ({
        ...report,
        ok: false,
        faults: [
          { fault: 'rewritten', sequence: 1_198, is_copy: false },
          { fault: 'missing', sequence: 2_000, is_copy: true },
        ],
      }),
    );
    await mountApp(AuditPage, { path: '/audit' });
    button('Vérifier la chaîne')?.click();
    await flushPromises();
    expect(alerts()).toContain('Le journal ne correspond plus à ses sceaux');
    expect(alerts()).toMatch(
      /Sceau n° 1\s198 : l’événement a été réécrit.*Copie n° 2\s000 : l’événement n’existe plus/,
    );
  });
  it('says of lines that are none of ours that they prove nothing, not that the trail is broken', async () => {
    api(
      () => page,
      () => ({ ...report, ok: false, copies: 1, faults: [{ fault: 'forged', sequence: 5, is_copy: true }] }),
    );
    await mountApp(AuditPage, { path: '/audit' });
    button('Vérifier la chaîne')?.click();
    await flushPromises();
    expect(alerts()).toContain('Ces lignes ne viennent pas de nos sceaux');
    expect(document.body.textContent).not.toContain('ne correspond plus');
  });
  it('compares the lines of a copy kept outside', async () => {
    const calls = api(
      () => page,
      () => report,
    );
    await mountApp(AuditPage, { path: '/audit' });
    button('Vérifier la chaîne')?.click();
    await flushPromises();
    button('Comparer avec une copie reçue par e-mail')?.click();
    await flushPromises();
    const field = document.querySelector('textarea')!;
    field.value = ' audit-v1.1.a\n\n audit-v1.2.b ';
    field.dispatchEvent(new Event('input'));
    await flushPromises();
    button('Comparer')?.click();
    await flushPromises();
    expect(calls.filter((call) => call.route === VERIFY).at(-1)?.body).toEqual({
      copies: ['audit-v1.1.a', 'audit-v1.2.b'],
    });
    expect(await axeViolations()).toEqual([]);
  });
  it('says that nothing matches, and clears the filters', async () => {
    api(() => ({ total: 0, rows: [] }));
    const { router } = await mountApp(AuditPage, { path: '/audit?q=nobody&from=2026-11-01' });
    expect(document.body.textContent).toContain('Aucun événement ne correspond');
    button('Effacer')?.click();
    await flushPromises();
    expect(router.currentRoute.value.query).toEqual({});
  });
  it('shows a refusal as forbidden', async () => {
    api(() => new ApiFailure(403, { code: '42501', hint: 'permission_denied', message: 'no', details: null }));
    await mountApp(AuditPage, { path: '/audit' });
    expect(document.body.textContent).toContain('Accès refusé');
  });
  it('has no accessibility failure', async () => {
    api(() => page);
    await mountApp(AuditPage, { path: '/audit?type=license_revoked' });
    expect(await axeViolations()).toEqual([]);
  });
});
