import { defineModule } from '@/shared/module.ts';

export default defineModule({
  name: 'account',
  routes: [
    {
      path: 'account',
      name: 'account',
      component: () => import('./pages/AccountPage.vue'),
      meta: { titleKey: 'account.title' },
    },
  ],
  events: () => import('./events.ts'),
  alerts: () => import('./alerts.ts'),
});
