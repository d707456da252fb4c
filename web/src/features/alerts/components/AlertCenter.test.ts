import { useToast } from '@nuxt/ui/composables';
import { flushPromises } from '@vue/test-utils';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { useShellState } from '@/shared/shell-state.ts';
import AlertBell from '@/shared/components/AlertBell.vue';
import { ApiFailure, mockApi } from '@/test/api.ts';
import { axeViolations, mountApp, until } from '@/test/mount.ts';
import { announce } from '@/test/realtime.ts';
import { defineComponent, h } from 'vue';
import { BURST_MS } from '../composables/useAlertToast.ts';
import { alert } from '../test-data.ts';
import type { ConsoleAlert } from '@/shared/alerts.ts';
import AlertCenter from './AlertCenter.vue';

const MARK = 'POST /rest/v1/rpc/mark_alerts_read';
const api = (answers: Record<string, (body: unknown) => unknown> = {}) =>
  mockApi({
    'POST /rest/v1/rpc/count_unread_alerts': () => 2,
    'POST /rest/v1/rpc/list_alerts': () => ({
      rows: [
        alert(),
        alert({
          id: 'read',
          is_read: true,
          severity: 'warning',
          kind: 'payment_refunded',
          created_at: '2026-11-21T09:00:00Z',
        }),
      ],
      has_more: false,
    }),
    [MARK]: () => 1,
    ...answers,
  });
const Shell = defineComponent({ setup: () => (useShellState(), () => [h(AlertBell), h(AlertCenter)]) });
const button = (name: RegExp) =>
  [...document.querySelectorAll('button')].find(
    (each) => name.test(each.getAttribute('aria-label') ?? '') || name.test(each.textContent?.trim() ?? ''),
  );
const dialog = () => document.querySelector('[role="dialog"]');
const arrive = (over: Partial<ConsoleAlert> = {}) => announce('alerts', { eventType: 'INSERT', new: alert(over) });
async function open(): Promise<void> {
  button(/^Alertes/)?.click();
  await until(() => expect(dialog()?.textContent).toContain('Échec de paiement'));
}

let toasts: ReturnType<typeof useToast>['toasts'];
const Probe = defineComponent({ setup: () => (({ toasts } = useToast()), () => h(Shell)) });
const mount = () => mountApp(Probe);
afterEach(() => {
  useShellState().alertsOpen.value = false;
  vi.useRealTimers();
  toasts.value = [];
});

describe('AlertCenter', () => {
  it('counts the unread on the bell', async () => {
    api();
    await mount();
    expect(button(/^Alertes : 2 non lues$/)).toBeDefined();
  });
  it('lists alerts by day with a link to their subject, and marks one as read', async () => {
    const calls = api();
    await mount();
    await open();
    expect([...document.querySelectorAll('[role="dialog"] h3')].map((each) => each.textContent)).toEqual([
      '23 novembre 2026',
      '21 novembre 2026',
    ]);
    expect(dialog()?.textContent).toMatch(/client@example\.com · 29\s€ · Carte expirée/);
    expect(dialog()?.querySelector('a')?.getAttribute('href')).toContain('/abonnements?subscription=');
    expect(await axeViolations(dialog()!)).toEqual([]);
    button(/^Marquer comme lue/)?.click();
    await flushPromises();
    expect(calls.find((call) => call.route === MARK)?.body).toEqual({ alert_ids: [alert().id] });
  });
  it('marks all as read', async () => {
    const calls = api();
    await mount();
    await open();
    button(/^Tout marquer comme lu$/)?.click();
    await flushPromises();
    expect(calls.find((call) => call.route === MARK)?.body).toEqual({});
  });
  it('keeps an alert unread when marking fails', async () => {
    api({ [MARK]: () => new ApiFailure(500, { code: '57014', message: 'x', hint: null, details: null }) });
    await mount();
    await open();
    button(/^Marquer comme lue/)?.click();
    await flushPromises();
    expect(button(/^Marquer comme lue/)).toBeDefined();
    expect(toasts.value[0]?.title).toBe('Rien n’a été marqué comme lu');
  });
  it('says why the list failed', async () => {
    api({
      'POST /rest/v1/rpc/list_alerts': () =>
        new ApiFailure(500, { code: '57014', message: 'x', hint: null, details: null }),
    });
    await mount();
    button(/^Alertes/)?.click();
    await until(() => expect(dialog()?.textContent).toContain('trop de temps'));
  });
  it('announces a new alert at once, and a burst in one toast that counts', async () => {
    api();
    await mount();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    arrive();
    await flushPromises();
    expect(toasts.value).toHaveLength(1);
    expect(toasts.value[0]).toMatchObject({ title: 'Échec de paiement', color: 'error' });
    for (let more = 0; more < 3; more += 1) arrive({ severity: 'warning' });
    await flushPromises();
    expect(toasts.value).toHaveLength(1);
    expect(toasts.value[0]).toMatchObject({ title: '4 nouvelles alertes', color: 'error' });
    vi.advanceTimersByTime(BURST_MS);
    arrive({ severity: 'warning', kind: 'payment_refunded' });
    await flushPromises();
    expect(toasts.value[0]).toMatchObject({ title: 'Paiement remboursé', color: 'warning' });
  });
  it('takes the toast away when the list is opened', async () => {
    api();
    await mount();
    arrive();
    await until(() => expect(toasts.value).toHaveLength(1));
    await open();
    await until(() => expect(toasts.value.filter((toast) => toast.open !== false)).toEqual([]));
  });
  it('asks for older alerts after the last one seen, by its moment and its id', async () => {
    const calls = api({
      'POST /rest/v1/rpc/list_alerts': (body) => ({
        rows: [alert({ id: (body as { before_id?: string }).before_id ? 'older' : 'last-seen' })],
        has_more: !(body as { before_id?: string }).before_id,
      }),
    });
    await mount();
    await open();
    button(/^Plus anciennes$/)?.click();
    await until(() => expect(calls.filter((call) => call.route.endsWith('list_alerts'))).toHaveLength(2));
    expect(calls.findLast((call) => call.route.endsWith('list_alerts'))?.body).toMatchObject({
      before: alert().created_at,
      before_id: 'last-seen',
    });
  });
  it('says nothing of what is only information', async () => {
    api();
    await mount();
    arrive({ severity: 'info', kind: 'subscription_canceled' });
    await flushPromises();
    expect(toasts.value).toEqual([]);
  });
});
