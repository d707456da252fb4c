import { defineFinder, defineModule } from '@/shared/module.ts';

export default defineModule({
  name: 'customers',
  routes: [
    {
      path: 'clients',
      name: 'customers',
      component: () => import('./pages/CustomerListPage.vue'),
      meta: { titleKey: 'customers.title', permission: 'customers.read' },
    },
    {
      path: 'clients/:id',
      name: 'customer',
      component: () => import('./pages/CustomerPage.vue'),
      meta: { titleKey: 'customers.one', permission: 'customers.read' },
    },
  ],
  menu: {
    labelKey: 'customers.title',
    icon: 'i-lucide-contact',
    to: { name: 'customers' },
    permission: 'customers.read',
    shortcut: 'c',
    position: 15,
  },
  finders: [
    defineFinder<{ id: string; email: string; name: string | null }>({
      subject: 'customers',
      labelKey: 'customers.title',
      icon: 'i-lucide-user',
      permission: 'customers.read',
      item: ({ id, email, name }) => ({
        label: name || email,
        suffix: name ? email : '',
        to: { name: 'customer', params: { id } },
      }),
    }),
  ],
  licenseTabs: [
    {
      name: 'emails',
      labelKey: 'customers.emails.title',
      icon: 'i-lucide-mail',
      permission: 'customers.read',
      position: 60,
      component: () => import('./components/MailHistory.vue'),
    },
  ],
  customerTabs: [
    {
      name: 'emails',
      labelKey: 'customers.emails.title',
      icon: 'i-lucide-mail',
      permission: 'customers.read',
      position: 60,
      component: () => import('./components/MailHistory.vue'),
    },
  ],
  alerts: () => import('./alerts.ts'),
  events: () => import('./events.ts'),
});
