import { describe, expect, it } from 'vitest';
import { mockApi } from '@/test/api.ts';
import { axeViolations, mountApp, PERMISSIONS, until } from '@/test/mount.ts';
import { payment } from '@/features/billing/payments/test-data.ts';
import { details } from '@/features/licenses/test-data.ts';
import LicenseDetailPage from '@/features/licenses/pages/LicenseDetailPage.vue';

const paid = payment();
const refused = payment({
  id: '55555555-5555-4555-8555-000000000000',
  status: 'failed',
  failure_code: 'insufficient_funds',
  payment_date: '2026-11-20T09:30:00.000Z',
});
const totals = {
  currency: 'EUR',
  succeeded_cents: 34800,
  refunded_cents: 800,
  lost_cents: 0,
  failed_cents: 2900,
  succeeded_count: 12,
  failed_count: 1,
};
const api = (answers: Parameters<typeof mockApi>[0] = {}) =>
  mockApi({
    'POST /rest/v1/rpc/get_license': () => details(),
    'POST /rest/v1/rpc/search_payments': () => ({ total: 2, rows: [refused, paid], totals: [totals] }),
    'GET /rest/v1/settings': () => [],
    ...answers,
  });
const open = async (tab: string, role: 'admin' | 'support' | 'viewer' = 'admin') => {
  const mounted = await mountApp(LicenseDetailPage, { path: `/licences/x?tab=${tab}`, role });
  await until(() => expect(document.querySelector('[aria-busy="true"]')).toBeNull());
  return mounted;
};
const tab = (name: string) =>
  [...document.querySelectorAll<HTMLElement>('[role="tab"]')].find((each) => each.textContent?.includes(name));

describe('LicenseDetailPage, payments', () => {
  it('shows what was paid, why the latest attempt failed and the revenue to date', async () => {
    api();
    await open('payments');
    await until(() => expect(document.querySelectorAll('tr[data-row]')).toHaveLength(2));
    expect(document.body.textContent).toContain('340 €'.replace(' ', '\u00a0'));
    expect(document.body.textContent).toContain('Visa •••• 4242');
    expect(document.querySelector('[role="status"]')?.textContent).toContain('20/11/2026');
    expect(await axeViolations()).toEqual([]);
  });
  it('holds no alert once a later payment has gone through', async () => {
    api({
      'POST /rest/v1/rpc/search_payments': () => ({
        total: 2,
        rows: [payment({ payment_date: '2026-11-21T09:30:00.000Z' }), refused],
        totals: [totals],
      }),
    });
    await open('payments');
    await until(() => expect(document.querySelectorAll('tr[data-row]')).toHaveLength(2));
    expect(document.querySelector('[role="status"]')).toBeNull();
  });
  it('keeps the tab from who may not read payments, even by its address', async () => {
    const calls = api();
    const kept = PERMISSIONS.viewer;
    PERMISSIONS.viewer = kept.filter((permission) => permission !== 'payments.read');
    try {
      await open('payments', 'viewer');
      expect(tab('Paiements')).toBeUndefined();
      expect(calls.some((call) => call.route.endsWith('search_payments'))).toBe(false);
    } finally {
      PERMISSIONS.viewer = kept;
    }
  });
});
