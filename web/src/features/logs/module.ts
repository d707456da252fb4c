import { defineModule } from '@/shared/module.ts';

export default defineModule({
  name: 'logs',
  routes: [
    {
      path: 'logs/alertes',
      name: 'log-rules',
      component: () => import('./rules/LogRulesPage.vue'),
      meta: { titleKey: 'logs.rules.title', permission: 'logs.read' },
    },
  ],
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
