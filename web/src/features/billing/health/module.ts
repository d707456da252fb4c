import { defineModule } from '@/shared/module.ts';

export default defineModule({
  name: 'health',
  speaks: ['actions'],
  routes: [
    {
      path: 'stripe',
      name: 'stripe-health',
      component: () => import('./pages/StripeHealthPage.vue'),
      meta: { titleKey: 'health.title', permission: 'stripe.read' },
    },
  ],
  menu: {
    labelKey: 'health.title',
    icon: 'i-lucide-activity',
    to: { name: 'stripe-health' },
    permission: 'stripe.read',
    shortcut: 's',
    position: 85,
  },
  events: () => import('./events.ts'),
  alerts: () => import('./alerts.ts'),
});
