import { flushPromises } from '@vue/test-utils';
import { describe, expect, it } from 'vitest';
import { ApiFailure, mockApi } from '@/test/api.ts';
import { axeViolations, mountApp, until } from '@/test/mount.ts';
import { event } from '../test-data.ts';
import AuditPage from './AuditPage.vue';

const SEARCH = 'POST /rest/v1/rpc/search_events';
const VERIFY = 'POST /rest/v1/rpc/audit_verify';
const staff = [
  {
    user_id: '00000000-0000-4000-8000-000000000001',
    email: 'admin@example.com',
    display_name: 'Léa Moreau',
    role: 'admin',
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
const report = {
  ok: true,
  checked: 1_200,
  first_broken_sequence: null,
  last_hash: 'cd'.repeat(32),
  verified_at: '2026-11-22T10:00:00Z',
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
  it('asks for what the URL says and drops what cannot be', async () => {
    const calls = api(() => page);
    await mountApp(AuditPage, {
      path:
        '/audit?q=garcia&type=license_revoked,license_extended&actor=nobody' +
        '&license=11111111-1111-4111-8111-111111111111&from=2026-02-31&to=2026-11-02&page=2&size=25',
    });
    expect(calls.find((call) => call.route === SEARCH)?.body).toEqual({
      query: 'garcia',
      event_types: ['license_revoked', 'license_extended'],
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
    expect(document.body.textContent).toMatch(/La chaîne est intacte.*1\s200 événements/);
    expect(document.body.textContent).toContain(report.last_hash);
  });
  it('names the first broken event', async () => {
    api(
      () => page,
      () => ({ ...report, ok: false, first_broken_sequence: 345 }),
    );
    await mountApp(AuditPage, { path: '/audit' });
    button('Vérifier la chaîne')?.click();
    await flushPromises();
    expect(alerts()).toContain('n° 345');
  });
  it('does not take a verification that failed for a chain that is whole', async () => {
    api(
      () => page,
      () => new ApiFailure(500, { code: '57014', message: 'canceling statement', hint: null, details: null }),
    );
    await mountApp(AuditPage, { path: '/audit' });
    button('Vérifier la chaîne')?.click();
    await flushPromises();
    expect(alerts()).toMatch(/n’a pas abouti.*trop de temps/);
    expect(document.body.textContent).not.toContain('intacte');
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
