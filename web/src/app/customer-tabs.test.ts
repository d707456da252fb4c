import { describe, expect, it } from 'vitest';
import { payment, paymentPage } from '@/features/billing/payments/test-data.ts';
import CustomerPage from '@/features/customers/pages/CustomerPage.vue';
import { details } from '@/features/customers/test-data.ts';
import { license } from '@/features/licenses/test-data.ts';
import { mockApi } from '@/test/api.ts';
import { axeViolations, mountApp, until } from '@/test/mount.ts';

const LICENSES = 'POST /rest/v1/rpc/search_licenses';
const PAYMENTS = 'POST /rest/v1/rpc/search_payments';
const api = () =>
  mockApi({
    'POST /rest/v1/rpc/get_customer': () => details(),
    [LICENSES]: () => ({ total: 1, rows: [license()] }),
    [PAYMENTS]: () => paymentPage([payment()]),
    'GET /rest/v1/settings': () => [],
  });
const rows = () => [...document.querySelectorAll<HTMLElement>('tr[data-row]')];

describe('CustomerPage', () => {
  it('has the licences, each leading to its page', async () => {
    const calls = api();
    await mountApp(CustomerPage, { path: '/clients/c1?tab=licenses' });
    await until(() => expect(rows()).toHaveLength(1));
    expect(calls.find((call) => call.route === LICENSES)?.body).toMatchObject({ customer_id: 'c1' });
    expect(rows()[0]?.textContent).toMatch(/7RCQJ.*Premium.*Active.*29\s€/);
    expect(rows()[0]?.querySelector('a')?.getAttribute('href')).toBe(`/licences/${license().id}`);
    expect([...document.querySelectorAll('[role="tab"]')].map((each) => each.textContent?.trim())).toEqual([
      'Informations',
      'Licences',
      'Usage',
      'Paiements',
      'Support',
      'Journaux',
      'E-mails',
      'Activité',
    ]);
    expect(await axeViolations()).toEqual([]);
  });
  it('has the payments of all their licences', async () => {
    const calls = api();
    await mountApp(CustomerPage, { path: '/clients/c1?tab=payments' });
    await until(() => expect(rows()).toHaveLength(1));
    expect(calls.find((call) => call.route === PAYMENTS)?.body).toMatchObject({ customer_id: 'c1' });
  });
});
