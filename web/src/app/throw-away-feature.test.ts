// Alone: its words would be everybody's.
import { flushPromises } from '@vue/test-utils';
import { beforeAll, describe, expect, it } from 'vitest';
import { h } from 'vue';
import { createMemoryHistory } from 'vue-router';
import { i18n } from '@/base/i18n.ts';
import AlertCenter from '@/features/alerts/components/AlertCenter.vue';
import { alert } from '@/features/alerts/test-data.ts';
import AuditPage from '@/features/audit/pages/AuditPage.vue';
import { event } from '@/features/audit/test-data.ts';
import LicenseDetailPage from '@/features/licenses/pages/LicenseDetailPage.vue';
import { details } from '@/features/licenses/test-data.ts';
import { textOf } from '@/shared/events.ts';
import { defineFinder, defineModule } from '@/shared/module.ts';
import { useShellState } from '@/shared/shell-state.ts';
import { mockApi } from '@/test/api.ts';
import { mountApp, until } from '@/test/mount.ts';
import { modules as known } from './modules.ts';
import { createAppRouter } from './router.ts';
import CommandPalette from './shell/CommandPalette.vue';
import SideMenu from './shell/SideMenu.vue';

/** A feature nobody else has heard of: all that is needed for it to be everywhere is this object and its words. */
const gadgets = defineModule({
  name: 'gadgets',
  routes: [
    {
      path: 'gadgets',
      name: 'gadgets',
      component: () => Promise.resolve({ render: () => h('p', 'A page of gadgets') }),
      meta: { titleKey: 'gadgets.title', permission: 'licenses.read' },
    },
  ],
  menu: {
    labelKey: 'gadgets.title',
    icon: 'i-lucide-box',
    to: { name: 'gadgets' },
    permission: 'licenses.read',
    position: 12,
  },
  actions: [{ labelKey: 'gadgets.make', icon: 'i-lucide-plus', to: { name: 'gadgets', query: { new: '1' } } }],
  finders: [
    defineFinder<{ id: string; label: string }>({
      subject: 'gadgets',
      labelKey: 'gadgets.title',
      icon: 'i-lucide-box',
      permission: 'licenses.read',
      item: ({ id, label }) => ({ label, suffix: '', to: { name: 'gadgets', query: { open: id } } }),
    }),
  ],
  licenseTabs: [
    {
      name: 'gadgets',
      labelKey: 'gadgets.title',
      icon: 'i-lucide-box',
      permission: 'licenses.read',
      position: 60,
      component: () =>
        Promise.resolve({
          props: ['licenseId'],
          render: (props: { licenseId: string }) => h('p', `Gadgets of ${props.licenseId}`),
        }),
    },
  ],
  events: () =>
    Promise.resolve({
      default: {
        kinds: {
          gadget_broken: {
            icon: 'i-lucide-hammer',
            tell: ({ event_data }) => ({ key: 'gadget_broken', named: { name: textOf(event_data?.name) } }),
          },
        },
      },
    }),
  alerts: () =>
    Promise.resolve({
      default: {
        gadget_lost: { target: ({ data }) => ({ name: 'gadgets', query: { open: textOf(data.gadget_id) } }) },
      },
    }),
  exports: [{ subject: 'gadgets', permission: 'licenses.export' }],
});
const modules = [...known, gadgets];
const text = () => document.body.textContent ?? '';
const link = (name: string) =>
  [...document.querySelectorAll('a')].find((each) => each.textContent?.trim() === name)?.getAttribute('href');

beforeAll(() =>
  i18n.global.mergeLocaleMessage('fr', {
    gadgets: {
      title: 'Gadgets',
      make: 'Nouveau gadget',
      events: { gadget_broken: 'Gadget cassé' },
      sentences: { gadget_broken: 'Le gadget {name} est cassé' },
      alerts: { gadget_lost: 'Un gadget est perdu' },
      exported: { gadgets: 'Export {format} de {count} gadgets' },
    },
  } as never),
);

describe('a feature that is added', () => {
  it('has its pages', () => {
    const router = createAppRouter(createMemoryHistory(), modules);
    expect(router.resolve({ name: 'gadgets' })).toMatchObject({
      path: '/gadgets',
      meta: { titleKey: 'gadgets.title' },
    });
  });
  it('is in the menu, at its place', async () => {
    mockApi({});
    await mountApp(SideMenu, { modules });
    expect(link('Gadgets')).toBe('/gadgets');
    const names = [...document.querySelectorAll('nav a')].map((each) => each.textContent?.trim());
    expect(names.slice(0, 4)).toEqual(['Tableau de bord', 'Analyses', 'Licences', 'Gadgets']);
  });
  it('has a tab on the page of a licence', async () => {
    mockApi({ 'POST /rest/v1/rpc/get_license': () => details(), 'GET /rest/v1/settings': () => [] });
    await mountApp(LicenseDetailPage, { path: '/licences/x?tab=gadgets', modules });
    await until(() => expect(text()).toContain('Gadgets of x'));
  });
  it('says its events and its exports in the audit', async () => {
    const rows = [
      event({ id: 'a', event_type: 'gadget_broken', event_data: { name: 'G-7' } }),
      event({
        id: 'b',
        event_type: 'export_created',
        subject_id: 'gadgets',
        event_data: { format: 'csv', row_count: 4 },
      }),
    ];
    mockApi({ 'POST /rest/v1/rpc/search_events': () => ({ total: 2, rows }), 'GET /rest/v1/staff': () => [] });
    await mountApp(AuditPage, { path: '/audit', modules });
    expect(text()).toContain('Le gadget G-7 est cassé');
    expect(text()).toContain('Export CSV de 4 gadgets');
  });
  it('says its alerts and leads to what they are about', async () => {
    const lost = alert({ kind: 'gadget_lost', data: { gadget_id: '7' }, subject_type: 'gadget', subject_id: '7' });
    mockApi({
      'POST /rest/v1/rpc/count_unread_alerts': () => 1,
      'POST /rest/v1/rpc/list_alerts': () => ({ rows: [lost], has_more: false }),
    });
    await mountApp(AlertCenter, { modules });
    useShellState().alertsOpen.value = true;
    await until(() => expect(link('Un gadget est perdu')).toBe('/gadgets?open=7'));
    useShellState().alertsOpen.value = false;
  });
  it('is found by the palette, pages, actions and records', async () => {
    mockApi({ 'POST /rest/v1/rpc/find_anything': () => ({ licenses: [], gadgets: [{ id: '7', label: 'G-7' }] }) });
    await mountApp(CommandPalette, { props: { open: true }, modules });
    await until(() => expect(text()).toContain('Nouveau gadget'));
    const input = document.querySelector<HTMLInputElement>('[role="dialog"] input')!;
    input.value = 'G-7';
    input.dispatchEvent(new Event('input', { bubbles: true }));
    await flushPromises();
    await until(() => expect(text()).toContain('G-7'));
    await until(() =>
      expect([...document.querySelectorAll('[role="option"]')].map((each) => each.textContent)).toContain('G-7'),
    );
  });
});
