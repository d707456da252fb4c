import type { EventBook } from '@/shared/events.ts';

export default {
  kinds: {
    stripe_sync_requested: { icon: 'i-lucide-refresh-cw' },
    stripe_event_retried: { icon: 'i-lucide-rotate-cw' },
  },
} satisfies EventBook;
