import { defineModule } from '@/shared/module.ts';

/** What payments, subscriptions and health do at Stripe, and how its answers are said. */
export default defineModule({
  name: 'actions',
  events: () => import('./events.ts'),
});
