import { defineModule } from '@/shared/module.ts';

export default defineModule({
  name: 'logs',
  routes: [],
  alerts: () => import('./alerts.ts'),
  events: () => import('./events.ts'),
});
