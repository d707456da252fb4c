import type { EntryOf, EventBook, EventWords, ToldEntry } from '@/shared/events.ts';
import { ticketPage } from './place.ts';

const ticket =
  (key: string, icon: string) =>
  ({ data }: EntryOf<'ticket_opened' | 'ticket_resolved'>, { t }: EventWords): ToldEntry => ({
    icon,
    title: t(`support.entries.${key}`, { number: data.number }),
    beside: data.subject,
    details: t(key === 'opened' ? `support.priority.${data.priority}` : `support.status.${data.status}`),
    to: ticketPage(data.number),
  });

export default {
  entries: {
    ticket_opened: ticket('opened', 'i-lucide-life-buoy'),
    ticket_resolved: ticket('resolved', 'i-lucide-circle-check'),
  },
  kinds: {
    ticket_created: { icon: 'i-lucide-life-buoy' },
    ticket_updated: { icon: 'i-lucide-life-buoy' },
    support_calendar_changed: { icon: 'i-lucide-calendar-clock' },
    support_calendar_deleted: { icon: 'i-lucide-calendar-x' },
    support_holiday_changed: { icon: 'i-lucide-calendar-off' },
    sla_policy_changed: { icon: 'i-lucide-timer' },
    staff_capacity_changed: { icon: 'i-lucide-gauge' },
    reply_template_created: { icon: 'i-lucide-text-quote' },
    reply_template_updated: { icon: 'i-lucide-text-quote' },
  },
} satisfies EventBook;
