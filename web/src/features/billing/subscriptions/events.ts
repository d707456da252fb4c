import { after, before, textOf, type AuditEvent, type EventBook, type EventWords } from '@/shared/events.ts';
import { revocationSettled } from './revocations/settled.ts';

/** A change of plan that waits for its payment, or was dropped without it. */
const changeTo = (key: string) => (event: AuditEvent, words: EventWords) => {
  const plan = textOf(after(event, 'plan'));
  return plan ? { key, named: { plan: words.plan(plan) } } : null;
};

export default {
  kinds: {
    subscription_linked: { icon: 'i-lucide-key-round' },
    subscription_created: { icon: 'i-lucide-repeat' },
    subscription_plan_changed: {
      icon: 'i-lucide-arrow-left-right',
      tell: (event, words) => ({
        key: 'subscription_plan_changed',
        named: {
          before: words.plan(textOf(before(event, 'plan'))),
          after: words.plan(textOf(after(event, 'plan'))),
        },
      }),
    },
    subscription_change_waiting: { icon: 'i-lucide-fingerprint', tell: changeTo('subscription_change_waiting') },
    subscription_change_dropped: { icon: 'i-lucide-circle-x', tell: changeTo('subscription_change_dropped') },
    subscription_discount_changed: { icon: 'i-lucide-ticket-percent' },
    subscription_cancel_scheduled: {
      icon: 'i-lucide-calendar-off',
      tell: ({ event_data }, words) =>
        event_data?.ends_at
          ? { key: 'subscription_cancel_scheduled', named: { date: words.date(textOf(event_data.ends_at)) } }
          : null,
    },
    subscription_cancel_undone: { icon: 'i-lucide-calendar-check' },
    subscription_canceled: { icon: 'i-lucide-circle-x' },
    subscription_paused: { icon: 'i-lucide-circle-pause' },
    subscription_resumed: { icon: 'i-lucide-circle-play' },
    license_revocation_settled: revocationSettled,
    reminder_sent: {
      icon: 'i-lucide-mail',
      tell: ({ customer_email: email }) => (email ? { key: 'reminder_sent', named: { email } } : null),
    },
  },
} satisfies EventBook;
