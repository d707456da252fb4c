import { defineModule } from '@/shared/module.ts';

/** What becomes of the subscription of a licence that is revoked. */
export default defineModule({
  name: 'revocations',
  speaks: ['subscriptions', 'payments', 'actions'],
  revocationPart: {
    permission: 'subscriptions.read',
    component: () => import('./components/RevocationConsequence.vue'),
  },
  events: () => import('./events.ts'),
  alerts: () => import('./alerts.ts'),
});
