import { after, before, countOf, textOf, type EventBook } from '@/shared/events.ts';

export default {
  kinds: {
    settings_changed: {
      icon: 'i-lucide-settings-2',
      namesSubject: true,
      tell: (event) => ({
        key: 'settings_changed',
        named: {
          key: event.subject_id ?? '',
          before: textOf(before(event, 'value')),
          after: textOf(after(event, 'value')),
        },
      }),
    },
    export_created: {
      icon: 'i-lucide-download',
      tell({ event_data, subject_id }, words) {
        const rows = countOf(event_data?.row_count);
        const named = { count: words.number(rows), format: textOf(event_data?.format).toUpperCase() };
        const text = words.exported(subject_id ?? '', named, rows);
        return text === undefined ? null : { text };
      },
    },
  },
} satisfies EventBook;
