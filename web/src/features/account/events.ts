import { countOf, textOf, type AuditEvent, type EventBook, type EventWords } from '@/shared/events.ts';

/** Whose account it is; without a name the plain title says more. */
const about = (key: string) => (event: AuditEvent, words: EventWords) => {
  const name = words.staff(event.subject_id ?? '');
  if (!name) return null;
  const count = countOf(event.event_data?.count);
  const named = { name, factor: textOf(event.event_data?.factor), count: words.number(count ?? 0) };
  return { key, named, ...(count ? { count } : {}) };
};
const kind = (name: string, icon: string) => ({ icon, namesSubject: true, tell: about(name) });

export default {
  kinds: {
    account_renamed: kind('account_renamed', 'i-lucide-user-pen'),
    account_language_changed: kind('account_language_changed', 'i-lucide-languages'),
    account_password_changed: kind('account_password_changed', 'i-lucide-lock-keyhole'),
    account_factor_added: kind('account_factor_added', 'i-lucide-smartphone'),
    account_factor_renamed: kind('account_factor_renamed', 'i-lucide-smartphone'),
    account_factor_removed: kind('account_factor_removed', 'i-lucide-smartphone'),
    account_sessions_ended: kind('account_sessions_ended', 'i-lucide-log-out'),
    account_recovery_codes_made: kind('account_recovery_codes_made', 'i-lucide-life-buoy'),
    account_recovered: kind('account_recovered', 'i-lucide-life-buoy'),
    account_recovery_refused: kind('account_recovery_refused', 'i-lucide-shield-alert'),
  },
} satisfies EventBook;
