import { defineModule } from '@/shared/module.ts';

export default defineModule({
  name: 'alerts',
  companions: [{ permission: 'alerts.read', component: () => import('./components/AlertCenter.vue') }],
});
