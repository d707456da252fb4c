import type { AlertBook, AlertKind } from '@/shared/alerts.ts';

/** Nothing to do but in the database: the words say what. */
const untied: AlertKind = { target: () => null };

export default { log_days_missing: untied, log_days_kept: untied, log_lag: untied } satisfies AlertBook;
