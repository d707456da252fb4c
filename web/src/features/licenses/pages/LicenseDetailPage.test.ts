import { flushPromises } from '@vue/test-utils';
import { describe, expect, it, vi } from 'vitest';
import { ApiFailure, mockApi } from '@/shared/test/api.ts';
import { axeViolations, mountApp, PERMISSIONS, until } from '@/shared/test/mount.ts';
import { payment } from '../../payments/test-data.ts';
import { details } from '../test-data.ts';
import LicenseDetailPage from './LicenseDetailPage.vue';

vi.mock('@/shared/realtime.ts', () => ({ useRealtimeTable: () => {}, useRealtimeState: () => ({ value: 'live' }) }));

const paid = payment();
const refused = payment({
  id: '55555555-5555-4555-8555-000000000000',
  status: 'failed',
  failure_code: 'insufficient_funds',
  payment_date: '2026-11-20T09:30:00.000Z',
});
const totals = {
  succeeded_cents: 34800,
  refunded_cents: 800,
  failed_cents: 2900,
  succeeded_count: 12,
  failed_count: 1,
};
const api = (answers: Parameters<typeof mockApi>[0] = {}) =>
  mockApi({
    'POST /rest/v1/rpc/get_license': () => details(),
    'POST /rest/v1/rpc/search_payments': () => ({ total: 2, rows: [refused, paid], totals }),
    'GET /rest/v1/settings': () => [],
    'GET /rest/v1/plans': () => [],
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
        totals,
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

describe('LicenseDetailPage, under a subscription', () => {
  const refusal = () =>
    new ApiFailure(409, {
      code: 'PT409',
      hint: 'subscription_governs',
      message: 'A running subscription decides this',
      details: null,
    });

  it('links to the subscription and says until when it is paid', async () => {
    api({
      'POST /rest/v1/rpc/get_license': () =>
        details({
          stripe_subscription_id: 'sub_1',
          subscription_id: '66666666-6666-4666-8666-666666666666',
          paid_until: '2026-12-15T12:00:00.000Z',
        }),
    });
    await open('information');
    expect(document.body.textContent).toContain('Payée jusqu’au 15/12/2026');
    expect(document.querySelector<HTMLAnchorElement>('a[href*="66666666"]')?.textContent).toContain(
      'Voir l’abonnement',
    );
  });
  it('leaves plan and renewal to the subscription', async () => {
    api({ 'POST /rest/v1/rpc/get_license': () => details({ stripe_subscription_id: 'sub_1', governed: true }) });
    await open('information');
    expect(document.body.textContent).toContain('Décidé par l’abonnement');
    expect(document.querySelector('[role="switch"]')).toBeNull();
    expect(document.querySelector('[aria-label="Changer de plan"]')).toBeNull();
  });
  it('puts the renewal switch back when the subscription decides it', async () => {
    const calls = api({ 'POST /rest/v1/rpc/set_auto_renew': refusal });
    await open('information');
    const renewal = () => document.querySelector<HTMLElement>('[role="switch"]');
    expect(renewal()?.getAttribute('aria-checked')).toBe('true');
    renewal()?.click();
    await flushPromises();
    await until(() => expect(calls.some((call) => call.route.endsWith('set_auto_renew'))).toBe(true));
    await flushPromises();
    expect(renewal()?.getAttribute('aria-checked')).toBe('true');
  });
});

describe('LicenseDetailPage, activity', () => {
  const event = (sequence: number, event_type: string, event_data: Record<string, unknown>) => ({
    id: `event-${sequence}`,
    sequence,
    license_id: 'x',
    user_id: null,
    actor_kind: 'system',
    actor: 'system',
    event_type,
    event_data,
    ip_address: null,
    user_agent: null,
    created_at: '2026-11-20T09:30:00.000Z',
  });

  it('says why a payment failed, and which act was asked of Stripe', async () => {
    api({
      'POST /rest/v1/rpc/list_license_events': () => ({
        rows: [
          event(2, 'payment_failed', { amount_cents: 2900, currency: 'EUR', failure_code: 'expired_card' }),
          event(1, 'stripe_action_requested', { action: 'retry_payment' }),
        ],
        has_more: false,
      }),
    });
    await open('activity');
    await until(() => expect(document.querySelectorAll('ol > li')).toHaveLength(2));
    const [failed, asked] = [...document.querySelectorAll('ol > li')].map((each) => each.textContent);
    expect(failed).toMatch(/29\s€.*Carte expirée/);
    expect(asked).toContain('réessayer le paiement');
    expect(asked).not.toContain('Carte expirée');
  });
});
