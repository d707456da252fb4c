import { flushPromises } from '@vue/test-utils';
import { describe, expect, it } from 'vitest';
import { ApiFailure, mockApi } from '@/test/api.ts';
import { axeViolations, mountApp } from '@/test/mount.ts';
import { customer } from '../test-data.ts';
import CustomerListPage from './CustomerListPage.vue';

const SEARCH = 'POST /rest/v1/rpc/search_customers';
const nobody = customer({
  id: 'b',
  name: null,
  company: null,
  email: 'seul@example.com',
  licenses: 0,
  active_licenses: 0,
  mrr: [],
  last_seen: null,
  state: 'none',
});
const rows = () => [...document.querySelectorAll<HTMLElement>('tr[data-row]')];

describe('CustomerListPage', () => {
  it('shows who they are, what they have and when they were last seen', async () => {
    mockApi({ [SEARCH]: () => ({ total: 2, rows: [customer(), nobody] }) });
    await mountApp(CustomerListPage, { path: '/clients' });
    expect(rows()[0]?.textContent).toMatch(
      /Agathe Garcia.*Garcia & Filles.*client@example\.com.*Active.*1 sur 2.*29\s€ · 500\sJPY.*il y a/,
    );
    expect(rows()[0]?.querySelector('a')?.getAttribute('href')).toBe('/clients/22222222-2222-4222-8222-222222222222');
    expect(rows()[1]?.textContent).toMatch(/seul@example\.com.*Sans licence.*0.*Jamais/);
    expect(await axeViolations()).toEqual([]);
  });
  it('asks for what the URL says', async () => {
    const calls = mockApi({ [SEARCH]: () => ({ total: 60, rows: [customer()] }) });
    await mountApp(CustomerListPage, { path: '/clients?q=garcia&segment=expired&sort=company&desc=0&page=2' });
    expect(calls.find((call) => call.route === SEARCH)?.body).toEqual({
      query: 'garcia',
      segment: 'expired',
      sort: 'company',
      descending: false,
      page: 2,
      page_size: 25,
    });
  });
  it('opens a customer by the row', async () => {
    mockApi({ [SEARCH]: () => ({ total: 1, rows: [customer()] }) });
    const { router } = await mountApp(CustomerListPage, { path: '/clients' });
    rows()[0]?.click();
    await flushPromises();
    expect(router.currentRoute.value).toMatchObject({ name: 'customer', params: { id: customer().id } });
  });
  it('says that nobody matches', async () => {
    mockApi({ [SEARCH]: () => ({ total: 0, rows: [] }) });
    await mountApp(CustomerListPage, { path: '/clients?q=zzz' });
    expect(document.body.textContent).toContain('Aucun client ne correspond');
  });
  it('shows a refusal as forbidden', async () => {
    mockApi({
      [SEARCH]: () => new ApiFailure(403, { code: '42501', hint: 'permission_denied', message: 'no', details: null }),
    });
    await mountApp(CustomerListPage, { path: '/clients' });
    expect(document.body.textContent).toContain('Accès refusé');
  });
});
