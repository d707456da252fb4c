import { defineModule } from '@/shared/module.ts';

export default defineModule({
  name: 'alerts',
  alerts: () => import('./alerts.ts'),
  companions: [{ permission: 'alerts.read', component: () => import('./components/AlertCenter.vue') }],
});
