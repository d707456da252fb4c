import type { FeatureModule } from '@/app/modules.ts';
import { withMessages } from '../stripe/with-messages.ts';

export default {
  routes: [
    {
      path: 'abonnements',
      name: 'subscriptions',
      component: withMessages(() => import('./pages/SubscriptionListPage.vue'), 'payments', 'stripe'),
      meta: { titleKey: 'subscriptions.title', permission: 'subscriptions.read' },
    },
  ],
  menu: {
    labelKey: 'subscriptions.title',
    icon: 'i-lucide-repeat',
    to: '/abonnements',
    permission: 'subscriptions.read',
    shortcut: 'b',
    position: 30,
  },
  actions: [
    {
      labelKey: 'subscriptions.checkout.action',
      icon: 'i-lucide-link',
      to: '/abonnements?new=1',
      permission: 'subscriptions.update',
    },
  ],
} satisfies FeatureModule;
