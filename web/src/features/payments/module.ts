import type { FeatureModule } from '@/app/modules.ts';
import { withMessages } from '../stripe/with-messages.ts';

export default {
  routes: [
    {
      path: 'paiements',
      name: 'payments',
      component: withMessages(() => import('./pages/PaymentListPage.vue'), 'stripe'),
      meta: { titleKey: 'payments.title', permission: 'payments.read' },
    },
  ],
  menu: {
    labelKey: 'payments.title',
    icon: 'i-lucide-credit-card',
    to: '/paiements',
    permission: 'payments.read',
    shortcut: 'p',
    position: 40,
  },
} satisfies FeatureModule;
