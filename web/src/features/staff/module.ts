import type { FeatureModule } from '@/app/modules.ts';

export default {
  routes: [
    {
      path: 'equipe',
      name: 'staff',
      component: () => import('./pages/StaffPage.vue'),
      meta: { titleKey: 'staff.title', permission: 'staff.read' },
    },
  ],
  menu: {
    labelKey: 'staff.title',
    icon: 'i-lucide-users',
    to: '/equipe',
    permission: 'staff.read',
    shortcut: 'e',
    position: 80,
  },
  actions: [
    { labelKey: 'staff.invite.action', icon: 'i-lucide-user-plus', to: '/equipe?invite=1', permission: 'staff.create' },
  ],
} satisfies FeatureModule;
