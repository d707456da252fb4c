import { defineModule } from '@/shared/module.ts';

export default defineModule({ name: 'deadlines', alerts: () => import('./alerts.ts') });
