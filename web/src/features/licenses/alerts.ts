import type { AlertBook } from '@/shared/alerts.ts';
import { textOf } from '@/shared/events.ts';

export default {
  email_failed: {
    reason: ({ data }) => textOf(data.error),
    target: ({ subject_id }, can) =>
      subject_id && can('licenses.read') ? { name: 'license', params: { id: subject_id } } : null,
  },
} satisfies AlertBook;
