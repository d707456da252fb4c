import { flushPromises } from '@vue/test-utils';
import { describe, expect, it } from 'vitest';
import { ApiFailure, mockApi } from '@/test/api.ts';
import { axeViolations, mountApp, until } from '@/test/mount.ts';
import { license } from '../test-data.ts';
import LicenseListPage from './LicenseListPage.vue';

const SEARCH = 'POST /rest/v1/rpc/search_licenses';
const api = (search: (body: unknown) => unknown) =>
  mockApi({
    [SEARCH]: search,
    'GET /rest/v1/saved_views': () => [],
    'GET /rest/v1/settings': () => [],
  });
const page = {
  total: 2,
  rows: [
    license(),
    license({
      id: '33333333-3333-4333-8333-333333333333',
      email: 'autre@example.com',
      status: 'revoked',
      mrr_cents: 0,
    }),
  ],
};
const button = (name: string) =>
  [...document.querySelectorAll('button')].find(
    (each) => each.textContent?.trim() === name || each.getAttribute('aria-label') === name,
  );

describe('LicenseListPage', () => {
  it('shows the rows the database answers, with status, price and last connection in words', async () => {
    api(() => page);
    await mountApp(LicenseListPage, { path: '/licences' });
    const rows = [...document.querySelectorAll('tr[data-row]')].map((row) => row.textContent);
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatch(/client@example\.com.*Premium.*Active.*15\/12\/2026.*29\s€.*il y a/);
    expect(rows[1]).toContain('Révoquée');
  });
  it('asks for what the URL says', async () => {
    const calls = api(() => page);
    await mountApp(LicenseListPage, {
      path: '/licences?q=garcia&status=active,expired&expiring=7&renew=1&sort=email&desc=0&page=2&size=50',
    });
    expect(calls.find((call) => call.route === SEARCH)?.body).toEqual({
      query: 'garcia',
      statuses: ['active', 'expired'],
      expiring_within_days: 7,
      auto_renew: true,
      sort: 'email',
      descending: false,
      page: 2,
      page_size: 50,
    });
  });
  it('shows what one import made, under the name of its file, until the filter is removed', async () => {
    const id = '77777777-7777-4777-8777-777777777777';
    const calls = mockApi({
      [SEARCH]: () => page,
      'GET /rest/v1/saved_views': () => [],
      'GET /rest/v1/settings': () => [],
      'GET /rest/v1/license_imports': () => [{ file_name: 'clients.csv', created_at: '2026-11-20T09:30:00.000Z' }],
    });
    const { router } = await mountApp(LicenseListPage, { path: `/licences?import=${id}` });
    expect(calls.find((call) => call.route === SEARCH)?.body).toMatchObject({ import_id: id });
    await until(() => expect(button('Retirer le filtre : Import : clients.csv')).toBeDefined());
    button('Retirer le filtre : Import : clients.csv')?.click();
    await flushPromises();
    expect(router.currentRoute.value.query.import).toBeUndefined();
  });
  it('sorts through the URL and goes back to page 1', async () => {
    api(() => ({ ...page, total: 100 }));
    const { router } = await mountApp(LicenseListPage, { path: '/licences?page=3' });
    // Not the filter of that name.
    [...document.querySelectorAll<HTMLElement>('thead button')]
      .find((each) => each.textContent?.trim() === 'Plan')
      ?.click();
    await flushPromises();
    expect(router.currentRoute.value.query).toEqual({ sort: 'plan', desc: '0' });
  });
  it('says that nothing matches, and clears the filters', async () => {
    api(() => ({ total: 0, rows: [] }));
    const { router } = await mountApp(LicenseListPage, { path: '/licences?q=nobody' });
    expect(document.body.textContent).toContain('Aucune licence ne correspond');
    button('Effacer')?.click();
    await flushPromises();
    expect(router.currentRoute.value.query.q).toBeUndefined();
  });
  it('says why it failed and tries again', async () => {
    let fails = true;
    api(() =>
      fails ? new ApiFailure(500, { code: '57014', message: 'canceling statement', hint: null, details: null }) : page,
    );
    await mountApp(LicenseListPage, { path: '/licences' });
    expect(document.querySelector('[role="alert"]:not([aria-hidden])')?.textContent).toContain('trop de temps');
    fails = false;
    button('Réessayer')?.click();
    await flushPromises();
    expect(document.querySelectorAll('tr[data-row]')).toHaveLength(2);
  });
  it('shows a refusal as forbidden, without a retry', async () => {
    api(() => new ApiFailure(403, { code: '42501', hint: 'permission_denied', message: 'no', details: null }));
    await mountApp(LicenseListPage, { path: '/licences' });
    expect(document.body.textContent).toContain('Accès refusé');
    expect(button('Réessayer')).toBeUndefined();
  });
  it.each([
    ['admin', true],
    ['support', false],
    ['viewer', false],
  ] as const)('lets %s create: %s', async (role, may) => {
    api(() => page);
    await mountApp(LicenseListPage, { path: '/licences', role });
    expect(button('Nouvelle licence') !== undefined).toBe(may);
  });
  it.each([
    ['support', true],
    ['viewer', false],
  ] as const)('lets %s export the list: %s', async (role, may) => {
    api(() => page);
    await mountApp(LicenseListPage, { path: '/licences', role });
    expect(button('Exporter') !== undefined).toBe(may);
  });
  it('has no accessibility failure', async () => {
    api(() => page);
    await mountApp(LicenseListPage, { path: '/licences' });
    expect(await axeViolations()).toEqual([]);
  });
});
