import type { FeatureModule } from '@/app/modules.ts';

export default {
  routes: [
    {
      path: 'stripe',
      name: 'stripe',
      component: () => import('./pages/StripeHealthPage.vue'),
      meta: { titleKey: 'stripe.title', permission: 'stripe.read' },
    },
  ],
  menu: {
    labelKey: 'stripe.title',
    icon: 'i-lucide-activity',
    to: '/stripe',
    permission: 'stripe.read',
    shortcut: 's',
    position: 85,
  },
} satisfies FeatureModule;
