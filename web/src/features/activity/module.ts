import { defineModule } from '@/shared/module.ts';

const tab = {
  name: 'activity',
  labelKey: 'activity.title',
  icon: 'i-lucide-history',
  position: 90,
  component: () => import('./components/SubjectActivity.vue'),
};

export default defineModule({
  name: 'activity',
  licenseTabs: [{ ...tab, permission: 'licenses.read' }],
  customerTabs: [{ ...tab, permission: 'customers.read' }],
});
