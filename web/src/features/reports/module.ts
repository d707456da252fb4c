import { defineModule } from '@/shared/module.ts';

export default defineModule({
  name: 'reports',
  routes: [
    {
      path: 'rapports',
      name: 'reports',
      component: () => import('./pages/ReportsPage.vue'),
      meta: { titleKey: 'reports.title', permission: 'reports.read' },
    },
  ],
  menu: {
    labelKey: 'reports.title',
    icon: 'i-lucide-file-text',
    to: { name: 'reports' },
    permission: 'reports.read',
    position: 17,
  },
  events: () => import('./events.ts'),
  alerts: () => import('./alerts.ts'),
});
