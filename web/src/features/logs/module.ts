import { defineModule } from '@/shared/module.ts';

const tab = {
  name: 'logs',
  labelKey: 'logs.title',
  icon: 'i-lucide-logs',
  permission: 'logs.read',
  position: 55,
  component: () => import('./components/SubjectLogs.vue'),
};

export default defineModule({
  name: 'logs',
  routes: [
    {
      path: 'logs',
      name: 'logs',
      component: () => import('./pages/LogsPage.vue'),
      meta: { titleKey: 'logs.title', permission: 'logs.read' },
    },
  ],
  menu: {
    labelKey: 'logs.title',
    icon: 'i-lucide-logs',
    to: { name: 'logs' },
    permission: 'logs.read',
    shortcut: 'j',
    position: 14,
  },
  actions: [
    {
      labelKey: 'logs.group.title',
      icon: 'i-lucide-siren',
      to: { name: 'logs', query: { view: 'groups' } },
      permission: 'logs.read',
    },
  ],
  licenseTabs: [tab],
  customerTabs: [tab],
  ticketPanels: [{ permission: 'logs.read', position: 10, component: () => import('./components/LastErrors.vue') }],
  alerts: () => import('./alerts.ts'),
  events: () => import('./events.ts'),
});
