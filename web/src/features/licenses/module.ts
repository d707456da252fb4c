import type { FeatureModule } from '@/app/modules.ts';

export default {
  routes: [
    {
      path: 'licences',
      name: 'licenses',
      component: () => import('./pages/LicenseListPage.vue'),
      meta: { titleKey: 'licenses.title', permission: 'licenses.read' },
    },
    {
      path: 'licences/:id',
      name: 'license',
      component: () => import('./pages/LicenseDetailPage.vue'),
      meta: { titleKey: 'licenses.detail.title', permission: 'licenses.read' },
    },
  ],
  menu: {
    labelKey: 'licenses.title',
    icon: 'i-lucide-key-round',
    to: '/licences',
    permission: 'licenses.read',
    shortcut: 'l',
    position: 10,
  },
  actions: [
    { labelKey: 'licenses.create.action', icon: 'i-lucide-plus', to: '/licences?new=1', permission: 'licenses.create' },
  ],
} satisfies FeatureModule;
