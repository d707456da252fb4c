import { defineFinder, defineModule } from '@/shared/module.ts';
import { withLaterWords, withSessionWords } from './later.ts';

export default defineModule({
  name: 'licenses',
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
      component: withLaterWords(() => import('./pages/LicenseDetailPage.vue')),
      meta: { titleKey: 'licenses.detail.title', permission: 'licenses.read' },
    },
  ],
  menu: {
    labelKey: 'licenses.title',
    icon: 'i-lucide-key-round',
    to: { name: 'licenses' },
    permission: 'licenses.read',
    shortcut: 'l',
    position: 10,
  },
  actions: [
    {
      labelKey: 'licenses.create.action',
      icon: 'i-lucide-plus',
      to: { name: 'licenses', query: { new: '1' } },
      permission: 'licenses.create',
    },
  ],
  finders: [
    defineFinder<{ id: string; email: string; license_key_hint: string }>({
      subject: 'licenses',
      labelKey: 'licenses.title',
      icon: 'i-lucide-key-round',
      permission: 'licenses.read',
      item: ({ id, email, license_key_hint }) => ({
        label: email,
        suffix: license_key_hint,
        to: { name: 'license', params: { id } },
      }),
    }),
  ],
  licenseTabs: [
    {
      name: 'checks',
      labelKey: 'licenses.checks.title',
      icon: 'i-lucide-list-checks',
      permission: 'licenses.read',
      position: 80,
      component: withLaterWords(() => import('./components/LicenseChecks.vue')),
    },
  ],
  customerTabs: [
    {
      name: 'licenses',
      labelKey: 'licenses.title',
      icon: 'i-lucide-key-round',
      permission: 'licenses.read',
      position: 10,
      component: withLaterWords(() => import('./components/CustomerLicenses.vue')),
    },
  ],
  alerts: () => import('./alerts.ts'),
  events: withSessionWords(withLaterWords(() => import('./events.ts'))),
  exports: [{ subject: 'licenses', permission: 'licenses.export' }],
});
