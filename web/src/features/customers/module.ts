import { defineModule } from '@/shared/module.ts';

export default defineModule({
  name: 'customers',
  events: () => import('./events.ts'),
});
