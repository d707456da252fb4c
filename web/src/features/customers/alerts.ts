import type { AlertBook, AlertKind } from '@/shared/alerts.ts';

const about: AlertKind = {
  target: ({ subject_id }, can) =>
    subject_id && can('customers.read') ? { name: 'customer', params: { id: subject_id } } : null,
};

export default {
  email_bounced: about,
  email_complained: about,
  stripe_email_differs: about,
} satisfies AlertBook;
