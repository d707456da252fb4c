import { countOf, type EventBook } from '@/shared/events.ts';

export default {
  kinds: {
    license_import_completed: {
      icon: 'i-lucide-upload',
      tell(event, words) {
        const created = countOf(event.event_data?.created);
        return { key: 'license_import_completed', named: { count: words.number(created) }, count: created };
      },
    },
    license_import_undone: {
      icon: 'i-lucide-undo-2',
      tell(event, words) {
        const undone = countOf(event.event_data?.undone);
        return { key: 'license_import_undone', named: { count: words.number(undone) }, count: undone };
      },
    },
  },
} satisfies EventBook;
