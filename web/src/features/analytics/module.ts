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
    {
      path: 'analyses',
      name: 'analytics',
      component: () => import('./pages/AnalyticsPage.vue'),
      meta: { titleKey: 'analytics.title', permission: 'licenses.read' },
    },
  ],
  menu: [
    {
      labelKey: 'analytics.dashboard',
      icon: 'i-lucide-layout-dashboard',
      to: { name: 'home' },
      shortcut: 'd',
      position: 5,
    },
    {
      labelKey: 'analytics.title',
      icon: 'i-lucide-chart-column',
      to: { name: 'analytics' },
      permission: 'licenses.read',
      shortcut: 'n',
      position: 6,
    },
  ],
  exports: [
    { subject: 'metrics', permission: 'analytics.export' },
    { subject: 'metric_rows', permission: 'customers.export' },
  ],
  alerts: () => import('./alerts.ts'),
});
