import { after, before, textOf, type AuditEvent, type EventBook, type EventWords } from '@/shared/events.ts';

const person = ({ event_data, subject_id }: AuditEvent, words: EventWords) =>
  words.staff(subject_id ?? '') ?? (textOf(event_data?.after?.display_name) || textOf(event_data?.after?.email));

/** A sentence about a person; without a name the plain title says more. */
const about = (key: string) => (event: AuditEvent, words: EventWords) => {
  const name = person(event, words);
  return name ? { key, named: { name, role: words.role(textOf(after(event, 'role'))) } } : null;
};

export default {
  kinds: {
    staff_created: { icon: 'i-lucide-user-plus', namesSubject: true, tell: about('staff_created') },
    staff_invited: {
      icon: 'i-lucide-mail-plus',
      namesSubject: true,
      tell: (event, words) =>
        about(before(event, 'invited_at') ? 'staff_invited_again' : 'staff_invited')(event, words),
    },
    staff_role_changed: { icon: 'i-lucide-shield', namesSubject: true, tell: about('staff_role_changed') },
    staff_deactivated: { icon: 'i-lucide-user-x', namesSubject: true, tell: about('staff_deactivated') },
    staff_reactivated: { icon: 'i-lucide-user-check', namesSubject: true, tell: about('staff_reactivated') },
    staff_mfa_reset: { icon: 'i-lucide-smartphone', namesSubject: true, tell: about('staff_mfa_reset') },
    staff_updated: { icon: 'i-lucide-user-pen', namesSubject: true, tell: about('staff_updated') },
    staff_signed_in: { icon: 'i-lucide-log-in', namesSubject: true },
  },
} satisfies EventBook;
