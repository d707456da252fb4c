import { defineModule } from '@/shared/module.ts';

const tab = {
  name: 'usage',
  labelKey: 'usage.title',
  icon: 'i-lucide-chart-column',
  permission: 'licenses.read',
  position: 20,
  component: () => import('./components/SubjectUsage.vue'),
};

export default defineModule({ name: 'usage', licenseTabs: [tab], customerTabs: [tab] });
