import { defineModule } from '@/shared/module.ts';

export default defineModule({
  name: 'analytics',
  routes: [
    {
      path: '',
      name: 'home',
      component: () => import('./pages/DashboardPage.vue'),
      meta: { titleKey: 'analytics.dashboard' },
    },
  ],
  menu: {
    labelKey: 'analytics.dashboard',
    icon: 'i-lucide-layout-dashboard',
    to: { name: 'home' },
    shortcut: 'd',
    position: 5,
  },
  exports: [
    { subject: 'metrics', permission: 'analytics.export' },
    { subject: 'metric_rows', permission: 'customers.export' },
  ],
  alerts: () => import('./alerts.ts'),
});
