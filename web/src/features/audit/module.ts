import { defineModule } from '@/shared/module.ts';

export default defineModule({
  name: 'audit',
  routes: [
    {
      path: 'audit',
      name: 'audit',
      component: () => import('./pages/AuditPage.vue'),
      meta: { titleKey: 'audit.title', permission: 'audit.read' },
    },
  ],
  menu: {
    labelKey: 'audit.title',
    icon: 'i-lucide-scroll-text',
    to: { name: 'audit' },
    permission: 'audit.read',
    shortcut: 'a',
    position: 90,
  },
  alerts: () => import('./alerts.ts'),
  events: () => import('./events.ts'),
  exports: [{ subject: 'events', permission: 'audit.export' }],
});
