import type { FeatureModule } from '@/app/modules.ts';

export default {
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
    to: '/imports',
    permission: 'licenses.import',
    shortcut: 'i',
    position: 20,
  },
  actions: [{ labelKey: 'imports.title', icon: 'i-lucide-upload', to: '/imports', permission: 'licenses.import' }],
} satisfies FeatureModule;
