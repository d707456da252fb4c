import type { AlertBook, AlertKind } from '@/shared/alerts.ts';
import { textOf } from '@/shared/events.ts';

/** Nothing to do but in the database: the words say what. */
const untied: AlertKind = { target: () => null };

/** The rule, and the end of a key or the title of an error when it is about one. */
const fired: AlertKind = {
  reason: ({ data }, { t }) =>
    [
      textOf(data.rule),
      data.by === 'license' && data.label ? t('logs.rules.license', { hint: textOf(data.label) }) : textOf(data.label),
    ]
      .filter(Boolean)
      .join(' · '),
  target: ({ subject_id }, can) =>
    can('logs.read') && subject_id ? { name: 'log-rules', query: { rule: subject_id } } : null,
};

export default {
  log_days_missing: untied,
  log_days_kept: untied,
  log_lag: untied,
  log_rule_fired: fired,
} satisfies AlertBook;
