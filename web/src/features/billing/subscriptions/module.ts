import { defineModule } from '@/shared/module.ts';

export default defineModule({
  name: 'subscriptions',
  speaks: ['payments', 'actions'],
  routes: [
    {
      path: 'abonnements',
      name: 'subscriptions',
      component: () => import('./pages/SubscriptionListPage.vue'),
      meta: { titleKey: 'subscriptions.title', permission: 'subscriptions.read' },
    },
  ],
  menu: {
    labelKey: 'subscriptions.title',
    icon: 'i-lucide-repeat',
    to: { name: 'subscriptions' },
    permission: 'subscriptions.read',
    shortcut: 'b',
    position: 30,
  },
  actions: [
    {
      labelKey: 'subscriptions.checkout.action',
      icon: 'i-lucide-link',
      to: { name: 'subscriptions', query: { new: '1' } },
      permission: 'subscriptions.update',
    },
  ],
  revocationPart: {
    permission: 'subscriptions.read',
    component: () => import('./revocations/components/RevocationConsequence.vue'),
  },
  events: () => import('./events.ts'),
  alerts: () => import('./alerts.ts'),
  exports: [{ subject: 'subscriptions', permission: 'subscriptions.export' }],
});
