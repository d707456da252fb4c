import type { EventBook } from '@/shared/events.ts';

export default {
  kinds: {
    report_schedule_created: { icon: 'i-lucide-plus' },
    report_schedule_changed: { icon: 'i-lucide-pencil' },
    report_schedule_deleted: { icon: 'i-lucide-trash-2' },
    report_sent_now: { icon: 'i-lucide-send' },
    report_sent: { icon: 'i-lucide-circle-check' },
    report_failed: { icon: 'i-lucide-circle-alert' },
    report_missed: { icon: 'i-lucide-circle-alert' },
    report_downloaded: { icon: 'i-lucide-download' },
  },
} satisfies EventBook;
