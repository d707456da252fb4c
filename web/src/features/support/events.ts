import type { EventBook } from '@/shared/events.ts';

export default {
  kinds: {
    ticket_created: { icon: 'i-lucide-life-buoy' },
    ticket_updated: { icon: 'i-lucide-life-buoy' },
    reply_template_created: { icon: 'i-lucide-text-quote' },
    reply_template_updated: { icon: 'i-lucide-text-quote' },
  },
} satisfies EventBook;
