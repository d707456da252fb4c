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
    {
      path: 'logs/alertes',
      name: 'log-rules',
      component: () => import('./rules/LogRulesPage.vue'),
      meta: { titleKey: 'logs.rules.title', permission: 'logs.read' },
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
  actions: [
    {
      labelKey: 'logs.rules.title',
      icon: 'i-lucide-siren',
      to: { name: 'log-rules' },
      permission: 'logs.read',
    },
  ],
  alerts: () => import('./alerts.ts'),
  events: () => import('./events.ts'),
});
