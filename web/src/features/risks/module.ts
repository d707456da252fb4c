import { defineModule } from '@/shared/module.ts';

export default defineModule({
  name: 'risks',
  routes: [
    {
      path: 'a-risque',
      name: 'risks',
      component: () => import('./pages/RiskListPage.vue'),
      meta: { titleKey: 'risks.title', permission: 'customers.read' },
    },
  ],
  menu: {
    labelKey: 'risks.title',
    icon: 'i-lucide-shield-alert',
    to: { name: 'risks' },
    permission: 'customers.read',
    shortcut: 'r',
    position: 16,
  },
  exports: [{ subject: 'risks', permission: 'customers.export' }],
  events: () => import('./events.ts'),
  alerts: () => import('./alerts.ts'),
});
