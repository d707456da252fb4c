import type { AlertBook } from '@/shared/alerts.ts';

export default {
  revocation_incomplete: {
    target: ({ subject_id }, can) =>
      subject_id && can('licenses.read')
        ? { name: 'license', params: { id: subject_id }, query: can('payments.read') ? { tab: 'payments' } : {} }
        : null,
  },
} satisfies AlertBook;
