import { defineFinder, defineModule } from '@/shared/module.ts';
import { ticketPage } from './place.ts';

const tab = {
  name: 'tickets',
  labelKey: 'support.title',
  icon: 'i-lucide-life-buoy',
  permission: 'tickets.read',
  position: 50,
  component: () => import('./components/SubjectTickets.vue'),
};

export default defineModule({
  name: 'support',
  routes: [
    {
      path: 'support',
      name: 'support',
      component: () => import('./pages/SupportPage.vue'),
      meta: { titleKey: 'support.title', permission: 'tickets.read' },
    },
    {
      path: 'support/report',
      name: 'support-report',
      component: () => import('./pages/SupportReportPage.vue'),
      meta: { titleKey: 'support.report.title', permission: 'tickets.read' },
    },
    {
      path: 'support/settings',
      name: 'support-settings',
      component: () => import('./pages/SupportSettingsPage.vue'),
      meta: { titleKey: 'support.settings.title', permission: 'tickets.configure' },
    },
  ],
  menu: {
    labelKey: 'support.title',
    icon: 'i-lucide-life-buoy',
    to: { name: 'support' },
    permission: 'tickets.read',
    shortcut: 't',
    position: 13,
  },
  actions: [
    {
      labelKey: 'support.report.title',
      icon: 'i-lucide-chart-column',
      to: { name: 'support-report' },
      permission: 'tickets.read',
    },
    {
      labelKey: 'support.settings.title',
      icon: 'i-lucide-settings-2',
      to: { name: 'support-settings' },
      permission: 'tickets.configure',
    },
  ],
  shortcuts: () => import('./shortcuts.ts'),
  finders: [
    defineFinder<{ number: number; subject: string; customer_email: string | null }>({
      subject: 'tickets',
      labelKey: 'support.title',
      icon: 'i-lucide-life-buoy',
      permission: 'tickets.read',
      item: ({ number, subject, customer_email }) => ({
        label: `#${number} ${subject}`,
        suffix: customer_email ?? '',
        to: ticketPage(number),
      }),
    }),
  ],
  exports: [
    { subject: 'tickets', permission: 'tickets.export' },
    { subject: 'ticket_report', permission: 'tickets.export' },
  ],
  companions: [{ permission: 'tickets.reply', component: () => import('./components/SupportHeartbeat.vue') }],
  licenseTabs: [tab],
  customerTabs: [tab],
  alerts: () => import('./alerts.ts'),
  events: () => import('./events.ts'),
});
