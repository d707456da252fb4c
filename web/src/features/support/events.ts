import type { EventBook } from '@/shared/events.ts';

export default {
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
