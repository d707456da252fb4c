import type { FeatureModule } from '@/app/modules.ts';
import { withMessages } from '../stripe/with-messages.ts';

export default {
  routes: [
    {
      path: 'audit',
      name: 'audit',
      component: withMessages(() => import('./pages/AuditPage.vue'), 'stripe'),
      meta: { titleKey: 'audit.title', permission: 'audit.read' },
    },
  ],
  menu: {
    labelKey: 'audit.title',
    icon: 'i-lucide-scroll-text',
    to: '/audit',
    permission: 'audit.read',
    shortcut: 'a',
    position: 90,
  },
} satisfies FeatureModule;
