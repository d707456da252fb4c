import type { EventBook } from '@/shared/events.ts';

export default {
  kinds: {
    stripe_sync_requested: { icon: 'i-lucide-refresh-cw' },
    stripe_event_retried: { icon: 'i-lucide-rotate-cw' },
    stripe_event_set_aside: { icon: 'i-lucide-circle-x' },
    stripe_test_cleared: { icon: 'i-lucide-trash-2' },
  },
} satisfies EventBook;
