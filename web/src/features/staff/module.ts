import { defineModule } from '@/shared/module.ts';

export default defineModule({
  name: 'staff',
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
    to: { name: 'staff' },
    permission: 'staff.read',
    shortcut: 'e',
    position: 80,
  },
  actions: [
    {
      labelKey: 'staff.invite.action',
      icon: 'i-lucide-user-plus',
      to: { name: 'staff', query: { invite: '1' } },
      permission: 'staff.create',
    },
  ],
  events: () => import('./events.ts'),
});
