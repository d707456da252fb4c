import { defineModule } from '@/shared/module.ts';

export default defineModule({
  name: 'imports',
  routes: [
    {
      path: 'imports',
      name: 'imports',
      component: () => import('./pages/ImportPage.vue'),
      meta: { titleKey: 'imports.title', permission: 'licenses.import' },
    },
  ],
  menu: {
    labelKey: 'imports.menu',
    icon: 'i-lucide-upload',
    to: { name: 'imports' },
    permission: 'licenses.import',
    shortcut: 'i',
    position: 20,
  },
  actions: [
    { labelKey: 'imports.title', icon: 'i-lucide-upload', to: { name: 'imports' }, permission: 'licenses.import' },
  ],
  events: () => import('./events.ts'),
});
