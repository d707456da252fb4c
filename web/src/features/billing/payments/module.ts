import { defineModule } from '@/shared/module.ts';

export default defineModule({
  name: 'payments',
  speaks: ['actions'],
  routes: [
    {
      path: 'paiements',
      name: 'payments',
      component: () => import('./pages/PaymentListPage.vue'),
      meta: { titleKey: 'payments.title', permission: 'payments.read' },
    },
  ],
  menu: {
    labelKey: 'payments.title',
    icon: 'i-lucide-credit-card',
    to: { name: 'payments' },
    permission: 'payments.read',
    shortcut: 'p',
    position: 40,
  },
  licenseTabs: [
    {
      name: 'payments',
      labelKey: 'payments.title',
      icon: 'i-lucide-credit-card',
      permission: 'payments.read',
      position: 50,
      component: () => import('./components/PaymentHistory.vue'),
    },
  ],
  customerTabs: [
    {
      name: 'payments',
      labelKey: 'payments.title',
      icon: 'i-lucide-credit-card',
      permission: 'payments.read',
      position: 50,
      component: () => import('./components/PaymentHistory.vue'),
    },
  ],
  events: () => import('./events.ts'),
  alerts: () => import('./alerts.ts'),
  exports: [{ subject: 'payments', permission: 'payments.export' }],
});
