import { defineModule } from '@/shared/module.ts';

const tab = {
  name: 'logs',
  labelKey: 'logs.title',
  icon: 'i-lucide-text-quote',
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
    icon: 'i-lucide-text-quote',
    to: { name: 'logs' },
    permission: 'logs.read',
    shortcut: 'j',
    position: 14,
  },
  licenseTabs: [tab],
  customerTabs: [tab],
  ticketPanels: [{ permission: 'logs.read', position: 10, component: () => import('./components/LastErrors.vue') }],
  alerts: () => import('./alerts.ts'),
  events: () => import('./events.ts'),
});
